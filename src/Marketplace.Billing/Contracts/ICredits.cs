using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>One grant of promotional credit and what is left of it. Used in the order in which grants end, those without an end last.</summary>
/// <param name="Source"><c>grant</c>, <c>voucher</c> or <c>service-credit</c>.</param>
/// <param name="Description">The campaign, the desk's reason, or the contract.</param>
/// <param name="Remaining">Spent last or set aside for an order: still there.</param>
/// <param name="ExpiresAt">null: never.</param>
public sealed record GrantView(
    string Id,
    string Source,
    string Description,
    Money Amount,
    Money Remaining,
    Money Expired,
    DateTimeOffset GrantedAt,
    DateTimeOffset? ExpiresAt
);

/// <param name="Codes">How many codes; with one, everybody uses the same, with more each is used once.</param>
/// <param name="MaxRedemptions">In all.</param>
/// <param name="MinimumSpend">What a customer must have been charged before, tax included; zero asks for nothing.</param>
/// <param name="CreditDays">How long the credit lives once redeemed; null: without an end.</param>
public sealed record CampaignRequest(
    string Name,
    string Currency,
    decimal Amount,
    DateTimeOffset ValidFrom,
    DateTimeOffset ValidTo,
    int Codes,
    int MaxRedemptions,
    int MaxPerCustomer,
    decimal MinimumSpend,
    bool NewCustomersOnly,
    int? CreditDays
);

public sealed record CampaignView(
    string Id,
    string Name,
    Money Amount,
    DateTimeOffset ValidFrom,
    DateTimeOffset ValidTo,
    int Codes,
    int Redemptions,
    int MaxRedemptions,
    int MaxPerCustomer,
    Money MinimumSpend,
    bool NewCustomersOnly,
    int? CreditDays,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ClosedAt
);

/// <summary>A campaign just made, with its codes: this once, for they are kept as hashes.</summary>
public sealed record NewCampaign(CampaignView Campaign, IReadOnlyList<string> Codes);

public sealed record RedemptionView(string Id, string Campaign, Money Amount, DateTimeOffset RedeemedAt, DateTimeOffset? ExpiresAt);

/// <summary>Promotional credit: grants with their ends, and vouchers.</summary>
public interface IVouchers
{
    /// <summary>The acting party's grants, those that still have something first.</summary>
    Task<IReadOnlyList<GrantView>> GrantsAsync(Currency currency, CancellationToken ct);

    /// <summary>
    /// Turns a code into credit. Idempotent per key. <c>voucher-unknown</c> (404); <c>voucher-not-valid</c>, <c>voucher-used-up</c>,
    /// <c>voucher-used</c> and <c>voucher-conditions</c> (409) say why a known one does not count; <c>rate-limited</c> (429) after too many that are none.
    /// </summary>
    Task<Outcome<RedemptionView>> RedeemAsync(string code, string idempotencyKey, CancellationToken ct);

    /// <summary>Makes a campaign with its codes. A name is used once: <c>campaign-exists</c> (409). The desk only, as the rest.</summary>
    Task<Outcome<NewCampaign>> CreateAsync(CampaignRequest request, CancellationToken ct);
    Task<Outcome<Page<CampaignView>>> CampaignsAsync(PageQuery query, CancellationToken ct);

    /// <summary>No code of it counts any more. Idempotent.</summary>
    Task<Outcome<CampaignView>> CloseAsync(string campaignId, CancellationToken ct);
}

public enum ServiceCreditState
{
    /// <summary>Waits for the desk.</summary>
    Proposed,
    Posted,
    Rejected,
}

public enum ServiceCreditDecision
{
    /// <summary>Center, operator, network and tax give it in the proportions of the charge.</summary>
    Confirm,

    /// <summary>The fault was the network's: it gives all of it.</summary>
    ConfirmByNetwork,
    Reject,
}

/// <summary>Credit for a contract that was available less than promised in a month.</summary>
/// <param name="Availability">Served time that was not down, of the served time; 0 to 1.</param>
/// <param name="Fraction">Of the period's charge.</param>
/// <param name="Amount">The acting party's own part: what the customer gets, or what a center or an operator gives.</param>
/// <param name="ByNetwork">The fault was the network's, which gives all of it.</param>
public sealed record ServiceCreditView(
    string Id,
    string ContractId,
    string Description,
    DateTimeOffset PeriodStart,
    decimal Availability,
    TimeSpan Down,
    decimal Fraction,
    Money Amount,
    bool ByNetwork,
    ServiceCreditState State,
    string? Reason,
    DateTimeOffset ProposedAt,
    DateTimeOffset? DecidedAt
);

public sealed record ServiceCreditQuery : PageQuery
{
    public string? ContractId { get; init; }
    public ServiceCreditState? State { get; init; }
}

/// <summary>Service credits: proposed after each month from what contracts were down, confirmed by the desk or by themselves.</summary>
public interface IServiceCredits
{
    Task<Page<ServiceCreditView>> ListAsync(ServiceCreditQuery query, CancellationToken ct);

    /// <summary>Decides a proposal; a rejection says why. Repeating it changes nothing; <c>service-credit-decided</c> (409) when something else was decided before.</summary>
    Task<Outcome<ServiceCreditView>> DecideAsync(
        string serviceCreditId,
        ServiceCreditDecision decision,
        string? reason,
        CancellationToken ct
    );
}

/// <summary>How long a contract served in a period and how long of that it was down.</summary>
public sealed record ContractUptime(string ContractId, TimeSpan Served, TimeSpan Down);

/// <summary>
/// When contracts ran and when they were down. Contracts live in another module, so the host connects the two; without that nothing was ever down.
/// </summary>
public interface IContractUptime
{
    /// <returns>Only contracts that served in the period.</returns>
    Task<IReadOnlyList<ContractUptime>> FindManyAsync(
        IReadOnlyCollection<string> contractIds,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    );
}
