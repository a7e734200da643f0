using System.ComponentModel.DataAnnotations;

namespace Marketplace.Orders;

/// <summary>Configuration section <c>Orders</c>.</summary>
public sealed class OrdersOptions
{
    /// <summary>How long a quote holds capacity and price.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00", ErrorMessage = "Orders:QuoteTtl must be between 00:00:10 and 1.00:00:00.")]
    public TimeSpan QuoteTtl { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a contract outlives its cluster's silence before it ends.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00", ErrorMessage = "Orders:LostClusterGrace must be between 00:00:10 and 7.00:00:00.")]
    public TimeSpan LostClusterGrace { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long a machine may be not ready before what was sold on it moves. Kubernetes says so after some 40 seconds of silence and evicts the pods
    /// after five minutes; a machine that is back before takes up its work as if nothing had been.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "Orders:FaultPatience must be between 00:00:00 and 1.00:00:00.")]
    public TimeSpan FaultPatience { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>How long a cluster may take to prove a stop for money before the desk is told.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00", ErrorMessage = "Orders:StopPatience must be between 00:00:10 and 1.00:00:00.")]
    public TimeSpan StopPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long what runs on after a stop for money was asked for may be charged; what runs longer is charged to nobody.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "Orders:StopTolerance must be between 00:00:00 and 01:00:00.")]
    public TimeSpan StopTolerance { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Lines of a best-effort bulk order that commit together.</summary>
    [Range(1, 1000, ErrorMessage = "Orders:BulkChunk must be between 1 and 1000.")]
    public int BulkChunk { get; set; } = 500;
}
