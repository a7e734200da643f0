using Marketplace.Billing.Contracts;
using Marketplace.Platform.States;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Arrears;

/// <summary>What a customer owes that is past due, in micro-units of one currency.</summary>
/// <param name="Overdue">Open on final invoices past their due date.</param>
/// <param name="Invoices">How many those are.</param>
/// <param name="Since">When the oldest of them was due.</param>
/// <param name="Unsecured">Charged without cover beyond credit and what the network lends.</param>
internal sealed record Debt(long Overdue, int Invoices, DateTimeOffset? Since, long Unsecured)
{
    public static readonly Debt None = new(0, 0, null, 0);

    public bool IsNone => Overdue == 0 && Unsecured == 0;

    /// <summary>
    /// What no invoice has a due date for, less credit; all in micro-units. What a lost payment left is owed at once; what was charged without cover
    /// counts when it is above what the network lends.
    /// </summary>
    public static long UnsecuredOf(long clawback, long unbilled, long credit, long limit)
    {
        long atOnce = Math.Max(0, checked(clawback - credit));
        long lent = checked(unbilled - Math.Max(0, credit - clawback));
        return checked(atOnce + (lent > limit ? lent : 0));
    }
}

/// <summary>Where a customer stands, and since when.</summary>
internal readonly record struct ArrearsStand(ArrearsState State, DateTimeOffset EnteredAt, DateTimeOffset? MoreTimeUntil);

/// <summary>How long each state lasts when nothing is paid.</summary>
internal readonly record struct ArrearsTimes(TimeSpan Grace, TimeSpan Suspension);

/// <summary>The steps of arrears. Pure: where one stands, what one owes and the time decide.</summary>
internal static class ArrearsRule
{
    public static readonly TransitionTable<ArrearsState> Table = new(
        "Arrears",
        (ArrearsState.Current, [ArrearsState.Grace]),
        (ArrearsState.Grace, [ArrearsState.Current, ArrearsState.Suspended]),
        (ArrearsState.Suspended, [ArrearsState.Current, ArrearsState.Ended]),
        // The contracts are over; who pays now may order again.
        (ArrearsState.Ended, [ArrearsState.Current])
    );

    /// <summary>What comes when nothing is paid.</summary>
    public static ArrearsState? After(ArrearsState state) =>
        state switch
        {
            ArrearsState.Grace => ArrearsState.Suspended,
            ArrearsState.Suspended => ArrearsState.Ended,
            _ => null,
        };

    /// <summary>
    /// When it comes: the state's time from its beginning, or later when the desk gave time. From the beginning of the state and not from the due
    /// date, so that a job that was away for a month shortens nobody's grace.
    /// </summary>
    public static DateTimeOffset? NextAt(ArrearsStand stand, ArrearsTimes times) =>
        After(stand.State) is null
            ? null
            : Moments.Later(stand.EnteredAt + (stand.State == ArrearsState.Grace ? times.Grace : times.Suspension), stand.MoreTimeUntil);

    /// <summary>One step at most: nobody is suspended and ended by one look.</summary>
    /// <returns>The state to go to, or null to stay.</returns>
    public static ArrearsState? Next(ArrearsStand stand, Debt debt, DateTimeOffset now, ArrearsTimes times) =>
        debt.IsNone ? (stand.State == ArrearsState.Current ? null : ArrearsState.Current)
        : stand.State == ArrearsState.Current ? ArrearsState.Grace
        : NextAt(stand, times) <= now ? After(stand.State)
        : null;
}
