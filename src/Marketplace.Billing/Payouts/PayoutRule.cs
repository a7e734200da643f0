using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.States;

namespace Marketplace.Billing.Payouts;

/// <summary>What a party has in one role and currency, in micro-units, as the ledger says.</summary>
/// <param name="Pending">Below zero: given back after it was made payable.</param>
/// <param name="OtherRole">Pending and payable of the party's other role.</param>
/// <param name="HeldBack">By the desk; ≥ 0.</param>
internal readonly record struct Earnings(long Payable, long Pending, long OtherRole, long HeldBack)
{
    /// <summary>What the party has to earn again before it is owed anything; ≥ 0.</summary>
    public long Owed => checked(Math.Max(0, -Pending) + Math.Max(0, -OtherRole));
}

/// <summary>What may be paid out, and when. Pure.</summary>
internal static class PayoutRule
{
    public const string NoDestination = "destination";
    public const string CoolingOff = "cooling-off";
    public const string BelowMinimum = "minimum";

    /// <summary>The transitions; the database holds the same in <c>billing.payout_moves</c>, a test compares them.</summary>
    public static TransitionTable<PayoutState> States { get; } =
        new(
            "Payout",
            (PayoutState.Accrued, [PayoutState.Held, PayoutState.Eligible]),
            (PayoutState.Held, [PayoutState.Eligible]),
            (PayoutState.Eligible, [PayoutState.Held, PayoutState.Approved]),
            (PayoutState.Approved, [PayoutState.Held, PayoutState.Submitted]),
            (PayoutState.Submitted, [PayoutState.Paid, PayoutState.Returned]),
            // A provider's transfer that is taken back; the database allows it for those only.
            (PayoutState.Paid, [PayoutState.Returned])
        );

    /// <summary>Payable less what is owed and held back, never below zero, cut to what the currency's coins can pay. The rest stays payable.</summary>
    public static Money Amount(Earnings earnings, Currency currency)
    {
        long micros = Math.Max(0, checked(earnings.Payable - earnings.Owed - earnings.HeldBack));
        long coin = (long)(Money.MicrosPerUnit / (decimal)Math.Pow(10, currency.Exponent));
        return new Money(micros - (micros % coin), currency);
    }

    /// <summary>What stands between an amount and its payment; null when nothing.</summary>
    /// <param name="usableFrom">Of the destination; null when there is none.</param>
    public static string? WaitsFor(Money amount, Money minimum, DateTimeOffset? usableFrom, DateTimeOffset now) =>
        usableFrom is not { } usable ? NoDestination
        : usable > now ? CoolingOff
        : amount < minimum ? BelowMinimum
        : null;

    /// <summary>The schedule's latest date that has come, UTC.</summary>
    public static DateOnly LastDue(PayoutRhythm rhythm, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        return rhythm switch
        {
            PayoutRhythm.Weekly => today.AddDays(-(((int)today.DayOfWeek + 6) % 7)),
            PayoutRhythm.Monthly => new DateOnly(today.Year, today.Month, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(rhythm), rhythm, "No such rhythm."),
        };
    }

    public static DateOnly NextDue(PayoutRhythm rhythm, DateTimeOffset now) =>
        rhythm == PayoutRhythm.Weekly ? LastDue(rhythm, now).AddDays(7) : LastDue(rhythm, now).AddMonths(1);
}
