using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Metering;

/// <summary>Why a rated line is not the plain charge of its window.</summary>
internal static class Adjustments
{
    /// <summary>Its time was invoiced or closed before it came.</summary>
    public const string Late = "late";

    /// <summary>Its window was told anew.</summary>
    public const string Correction = "correction";

    /// <summary>A dispute was upheld.</summary>
    public const string Dispute = "dispute";
}

/// <summary>What is known of a charge that decides its state.</summary>
/// <param name="WindowClosed">Every source has been heard past the window by the grace.</param>
/// <param name="Disputed">In a dispute without an outcome.</param>
internal readonly record struct ChargeFacts(DateTimeOffset RatedAt, bool WindowClosed, bool Disputed, bool Invoiced);

/// <summary>The states of usage: which follows which, and which one the facts say.</summary>
internal static class UsageStates
{
    private static readonly Dictionary<UsageState, UsageState[]> Next = new()
    {
        [UsageState.Reported] = [UsageState.Validated],
        [UsageState.Validated] = [UsageState.Rated],
        // A month whose source stayed silent beyond the patience is invoiced without its word.
        [UsageState.Rated] = [UsageState.InDisputeWindow, UsageState.Invoiced],
        // An invoice does not wait for the dispute window: what a dispute brings comes on the next one.
        [UsageState.InDisputeWindow] = [UsageState.Final, UsageState.Invoiced],
        [UsageState.Final] = [UsageState.Invoiced],
        [UsageState.Invoiced] = [],
    };

    public static bool CanMove(UsageState from, UsageState to) => Next[from].Contains(to);

    /// <exception cref="InvalidOperationException">The one does not follow the other.</exception>
    public static UsageState Move(UsageState from, UsageState to) =>
        CanMove(from, to) ? to : throw new InvalidOperationException($"Usage cannot go from {from} to {to}.");

    /// <summary>The state of a charge, reached step by step from <see cref="UsageState.Rated"/>.</summary>
    public static UsageState Of(ChargeFacts facts, TimeSpan disputeWindow, DateTimeOffset now)
    {
        UsageState state = UsageState.Rated;
        if (facts.WindowClosed)
            state = Move(state, UsageState.InDisputeWindow);
        if (state == UsageState.InDisputeWindow && !facts.Disputed && !CanDispute(facts.RatedAt, disputeWindow, now))
            state = Move(state, UsageState.Final);
        return facts.Invoiced ? Move(state, UsageState.Invoiced) : state;
    }

    /// <summary>Whether a charge is young enough to be disputed: payable earnings are not taken back.</summary>
    public static bool CanDispute(DateTimeOffset ratedAt, TimeSpan disputeWindow, DateTimeOffset now) => now < ratedAt + disputeWindow;
}
