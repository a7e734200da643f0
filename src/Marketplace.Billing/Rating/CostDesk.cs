using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Rating;

/// <summary>Checks what is asked and adds it up for the acting party.</summary>
internal sealed class CostDesk(GroupReader groups, ActorContext actor) : ICosts
{
    private const int MaxDays = 400;

    public async Task<Outcome<CostReport>> ReportAsync(CostQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        Actor viewer = actor.Current;
        if (Currency.TryParse(query.Currency) is not { } currency)
            return BillingEndpoints.UnknownCurrency("?currency", query.Currency);
        if (query.Side is not null && Sides.Parse(query.Side) is null)
            return Problem.Invalid("?side", $"'{query.Side}' is not a side of a trade.", "Use customer, operator or center.");
        Side side = Sides.Parse(query.Side) ?? Sides.FirstOf(viewer.Kinds);
        if (Groupings.Find(query.By) is not { } grouping || !grouping.Knows.Contains(side))
            return Problem.Invalid("?by", $"'{query.By}' is not a group on this side.", $"Use one of: {Groupings.NamesFor(side)}.");
        if (PeriodProblem(query.From, query.To) is { } wrong)
            return wrong;
        var found = await groups.ReadAsync(new GroupScope(query.By, query.Daily, currency, query.From, query.To, side), viewer, ct);
        return new CostReport(
            query.By,
            side.ToString().ToLowerInvariant(),
            currency,
            query.From,
            query.To,
            found.Aggregate(Money.Zero(currency), (sum, g) => sum + g.Amount),
            found
        );
    }

    public FileDownload Csv(CostReport report, IReadOnlyDictionary<string, string> names)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(names);
        return CostCsv.Of(report, names);
    }

    public async Task<Money> EndedAsync(Currency currency, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        new(await groups.EndedAsync(actor.Current.PartyId, currency, from, to, ct), currency);

    /// <summary>What is wrong with a period to add up; null when nothing is.</summary>
    public static Problem? PeriodProblem(DateTimeOffset from, DateTimeOffset to) =>
        to <= from ? Problem.Invalid("?to", "The period ends before it starts.", "Choose an end after the start.")
        : to - from > TimeSpan.FromDays(MaxDays)
            ? Problem.Invalid("?to", $"The period is longer than {MaxDays} days.", $"Ask for at most {MaxDays} days at a time.")
        : null;
}
