using System.ComponentModel.DataAnnotations;

namespace Marketplace.Provisioning;

/// <summary>Configuration section <c>Provisioning</c>.</summary>
public sealed class ProvisioningOptions
{
    /// <summary>How often running allocations are measured; ended ones are measured at once.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "Provisioning:MeterPeriod must be between 00:00:01 and 01:00:00.")]
    public TimeSpan MeterPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after a moment it is measured while things run on: news of an end takes its way, and a counter never falls.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = "Provisioning:MeterGrace must be between 00:00:00 and 00:10:00.")]
    public TimeSpan MeterGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one worker owns a cluster's connection without renewing.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00", ErrorMessage = "Provisioning:LeaseTtl must be between 00:00:05 and 00:10:00.")]
    public TimeSpan LeaseTtl { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the first contact may take when a center connects a cluster.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00", ErrorMessage = "Provisioning:ConnectTimeout must be between 00:00:01 and 00:02:00.")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Shortest pause between two stored inventories of one cluster: a busy cluster changes many times a second.</summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00.1",
        "00:01:00",
        ErrorMessage = "Provisioning:InventoryPause must be between 00:00:00.1 and 00:01:00."
    )]
    public TimeSpan InventoryPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Accept kubeconfigs whose server is plain http on this machine, as the simulated clusters are. Never for other hosts.</summary>
    public bool AllowLoopbackHttp { get; set; } = true;
}
