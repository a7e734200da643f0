using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>Which charges to export, and how.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive: a charge is of the period in which the ledger booked it.</param>
public sealed record FocusQuery(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The party whose books these are; null is the acting party.</summary>
    public string? PartyId { get; init; }

    /// <summary><c>customer</c>, <c>operator</c> or <c>center</c>; null takes the first of these that the acting party is.</summary>
    public string? Role { get; init; }

    /// <summary><c>1.4</c> or <c>1.3</c> of the FinOps Open Cost and Usage Specification.</summary>
    public string Version { get; init; } = "1.4";

    /// <summary><c>csv</c>.</summary>
    public string Format { get; init; } = "csv";
}

/// <summary>Books for other people's programs.</summary>
public interface IExports
{
    /// <summary>
    /// Costs and usage as FOCUS: what a customer was charged, what an operator billed before tax, what a center billed at wholesale. Per currency,
    /// BilledCost adds up to what the ledger says of that party and period, to the micro-unit. Everything booked before the call is in it exactly once.
    /// </summary>
    Outcome<FileDownload> Focus(FocusQuery query);
}
