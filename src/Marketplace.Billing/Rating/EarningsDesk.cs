using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Rating;

/// <summary>Checks what is asked and adds it up for the acting party.</summary>
internal sealed class EarningsDesk(EarningsReader reader, ActorContext actor) : IEarnings
{
    public async Task<Outcome<EarningsReport>> ReportAsync(EarningsQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (Sides.Parse(query.Role) is not { } side || side == Side.Customer)
            return Problem.Invalid("?role", $"'{query.Role}' does not earn.", "Use center or operator.");
        if (Groupings.Find(query.By) is not { } grouping || !grouping.Knows.Contains(side))
            return Problem.Invalid("?by", $"'{query.By}' is not a group on this side.", $"Use one of: {Groupings.NamesFor(side)}.");
        return CostDesk.PeriodProblem(query.From, query.To) is { } wrong
            ? wrong
            : await reader.ReadAsync(actor.Current.PartyId, query, grouping, ct);
    }
}
