using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>A candidate that was found to fit, with the score it really reaches.</summary>
internal readonly record struct TriedCandidate(Candidate Candidate, ScoreFractions Score, int Points);

/// <summary>
/// The place of a request with one role: candidates in the order of what they could reach, until nothing left could beat the best found. Each
/// cluster and variant is tried once, however many offers sell it.
/// </summary>
internal sealed class SinglePlacement(RoleSearch role, long budget, Action<RoleSearch, Candidate, RoleFit> noteMiss)
{
    /// <summary>Most distinct placements tried to find the best candidate.</summary>
    public const int MaxTrials = 256;

    /// <summary>Candidates an explanation compares.</summary>
    private const int MostCompared = 5;

    private readonly List<TriedCandidate> tried = [];
    private int best = -1;
    private int next;
    private bool stopped;

    public RoleSearch Role => role;
    public TriedCandidate? Best => best < 0 ? null : tried[best];

    /// <summary>Whether something would have fitted but for the budget.</summary>
    public bool OverBudget { get; private set; }
    public int Trials { get; private set; }

    /// <summary>The best of what was tried, in order.</summary>
    public IReadOnlyList<CandidateScore> Compared =>
        [
            .. tried
                .Order(Comparer<TriedCandidate>.Create(Order))
                .Take(MostCompared)
                .Select(entry => role.Explain(entry.Candidate, entry.Score)),
        ];

    /// <summary>Tries candidates until the best is known.</summary>
    public void Find() => Try(least: 0);

    /// <summary>Tries a few more, for the comparison.</summary>
    public void Compare()
    {
        if (best >= 0)
        {
            Try(MostCompared);
        }
    }

    private void Try(int least)
    {
        for (; !stopped && role.TryCandidate(next, out var candidate); next++)
        {
            if (best >= 0 && CannotBeat(candidate, tried[best]) && (tried.Count >= least || Trials > 4 * MostCompared))
            {
                return;
            }

            if (candidate.PricePerHour > budget)
            {
                OverBudget |= role.FitOf(candidate).Fits;
                continue;
            }

            if (!role.IsKnown(candidate) && Trials++ >= MaxTrials && best >= 0)
            {
                stopped = true;
                return;
            }

            var fit = role.FitOf(candidate);
            if (!fit.Fits)
            {
                noteMiss(role, candidate, fit);
                continue;
            }

            var score = role.Score(candidate, fit);
            tried.Add(new TriedCandidate(candidate, score, role.MicroPoints(score)));
            best = best < 0 || Order(tried[^1], tried[best]) < 0 ? tried.Count - 1 : best;
        }
    }

    private static bool CannotBeat(in Candidate candidate, in TriedCandidate best) =>
        candidate.Order.Precedence > best.Candidate.Order.Precedence
        || (candidate.Order.Precedence == best.Candidate.Order.Precedence && candidate.Order.BestMicroPoints < best.Points);

    private static int Order(TriedCandidate left, TriedCandidate right) =>
        (left.Candidate.Order with { BestMicroPoints = left.Points }).CompareTo(
            right.Candidate.Order with
            {
                BestMicroPoints = right.Points,
            }
        );
}
