using System.Globalization;

namespace Marketplace.Scheduling.Queues;

/// <summary>Why a workload has not started.</summary>
public enum WaitReason
{
    /// <summary>It has.</summary>
    Running,

    /// <summary>It fits; the next pass tries it in its turn.</summary>
    Turn,

    /// <summary>Somebody before it in its queue does not fit, and the discipline lets nobody pass.</summary>
    BehindHead,

    /// <summary>A queue or cohort has used what it owns and may not borrow.</summary>
    QuotaUsed,

    /// <summary>A queue or cohort has borrowed all it may.</summary>
    BorrowingLimit,

    /// <summary>The whole tree has nothing left to lend.</summary>
    CohortEmpty,

    /// <summary>Its quota is there, but at the last pass no nodes could hold all its pods.</summary>
    NoPlace,
}

/// <summary>Why a workload waits and what would let it in. It agrees with the decision: what is said here is computed from the same state.</summary>
public sealed record WaitExplanation
{
    /// <summary>The queue it waits in.</summary>
    public required string Queue { get; init; }

    /// <summary>The first reason.</summary>
    public required WaitReason Reason { get; init; }

    /// <summary>Every bound in the way; it starts in its turn when all of them have given way.</summary>
    public IReadOnlyList<BoundInTheWay> Bounds { get; init; } = [];

    /// <summary>The workload that holds it up, under a discipline where the head of the line does.</summary>
    public WorkloadTicket? Behind { get; init; }

    /// <summary>The time of the pass that parked it, in the caller's time; null when it is not parked.</summary>
    public long? ParkedSince { get; init; }

    /// <summary>Single changes that each make its quota suffice now; each was tried.</summary>
    public IReadOnlyList<LetIn> WouldFitIf { get; init; } = [];

    /// <summary>The whole explanation as English sentences.</summary>
    public string ToEnglish()
    {
        var sentences = new List<string>
        {
            Reason switch
            {
                WaitReason.Running => "It runs.",
                WaitReason.Turn => $"It fits and waits for its turn in {Queue}.",
                WaitReason.BehindHead => $"It waits behind the head of {Queue}.",
                WaitReason.NoPlace => $"{Queue} has the quota, but no nodes could hold all pods.",
                _ => $"It waits in {Queue}.",
            },
        };
        sentences.AddRange(Bounds.Select(bound => bound.ToEnglish()));
        sentences.AddRange(WouldFitIf.Select(change => $"It would fit if {change.ToEnglish()}."));
        return string.Join(' ', sentences);
    }
}

/// <summary>A bound in the way.</summary>
/// <param name="Queue">Whose: the queue's own, or that of a cohort above it.</param>
/// <param name="Reason"><see cref="WaitReason.QuotaUsed"/>, <see cref="WaitReason.BorrowingLimit"/> or <see cref="WaitReason.CohortEmpty"/>.</param>
/// <param name="Asked">What the workload would add there.</param>
/// <param name="Headroom">What could be added; negative after the quota shrank.</param>
public sealed record BoundInTheWay(string Queue, WaitReason Reason, string Resource, long Asked, long Headroom)
{
    /// <summary>How much must be given back there.</summary>
    public long Missing => Asked - Headroom;

    public string ToEnglish()
    {
        var why = Reason switch
        {
            WaitReason.BorrowingLimit => "has borrowed all it may",
            WaitReason.CohortEmpty => "has lent all it has",
            _ => "has used its quota",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Queue} {why}: {Asked} {Resource} asked, {Headroom} left.");
    }
}

/// <summary>A change that makes a workload fit its quota.</summary>
/// <param name="Code"><c>raise-nominal</c>, <c>raise-borrowing-limit</c> or <c>fewer-pods</c>.</param>
/// <param name="Queue">The queue or cohort to change.</param>
/// <param name="Amounts">By how much, per resource; for fewer pods the number that fits, under <c>pods</c>.</param>
public sealed record LetIn(string Code, string Queue, IReadOnlyDictionary<string, long> Amounts)
{
    public const string RaiseNominal = "raise-nominal";
    public const string RaiseBorrowingLimit = "raise-borrowing-limit";
    public const string FewerPods = "fewer-pods";

    public string ToEnglish()
    {
        var amounts = string.Join(" and ", Amounts.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Value} {each.Key}")));
        return Code switch
        {
            RaiseNominal => $"the quota of {Queue} were {amounts} larger",
            RaiseBorrowingLimit => $"{Queue} could borrow {amounts} more",
            _ => $"it asked for {amounts}",
        };
    }
}
