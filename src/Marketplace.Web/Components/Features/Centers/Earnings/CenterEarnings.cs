using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Centers.Earnings;

/// <summary>What a center earned in one week, by chip.</summary>
public sealed record EarningsWeek(DateTimeOffset From, IReadOnlyList<CostGroup> ByChip)
{
    public decimal Total => ByChip.Sum(g => g.Amount.Amount);

    public decimal CardHours => ByChip.Sum(g => g.CardHours);
}

/// <summary>A center's earnings by calendar week (Monday, UTC), from the rated charges.</summary>
internal static class CenterEarnings
{
    public const string Side = "center";
    private const int DaysPerWeek = 7;

    public static DateTimeOffset MondayOf(DateTimeOffset moment)
    {
        DateTime day = moment.UtcDateTime.Date;
        int sinceMonday = ((int)day.DayOfWeek + 6) % DaysPerWeek;
        return new DateTimeOffset(day.AddDays(-sinceMonday), TimeSpan.Zero);
    }

    /// <summary>The last weeks, oldest first; the last one is still running.</summary>
    public static async Task<IReadOnlyList<EarningsWeek>> WeeksAsync(
        IRating rating,
        Currency currency,
        DateTimeOffset now,
        int weeks,
        CancellationToken ct
    )
    {
        DateTimeOffset monday = MondayOf(now);
        var found = new List<EarningsWeek>(weeks);
        for (int back = weeks - 1; back >= 0; back--)
        {
            DateTimeOffset from = monday.AddDays(-DaysPerWeek * back);
            found.Add(new(from, await rating.GroupedAsync("deviceModel", currency, from, from.AddDays(DaysPerWeek), Side, ct)));
        }
        return found;
    }

    /// <summary>The currency a party's wallet and listings are in.</summary>
    public static async Task<Currency> CurrencyAsync(PortalActions actions, string partyId, CancellationToken ct)
    {
        var party = await actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(partyId, ct));
        return Currency.TryParse(party?.Currency) ?? Currency.Cny;
    }
}
