using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>What one role got.</summary>
/// <param name="LogFrom">Where its replicas start in the undo log.</param>
/// <param name="LogTo">Where they end.</param>
internal readonly record struct RoleChoice(Candidate Candidate, RoleFit Fit, ScoreFractions Score, int LogFrom, int LogTo);

/// <summary>
/// Finds a place for every role of one request on a working state, or none. When it succeeds the state keeps the placement;
/// when it fails the state is as before.
/// </summary>
internal sealed class RequestSearch
{
    /// <summary>Most distinct placements tried to find the best candidate of a single role.</summary>
    public const int MaxTrialsForBest = 256;

    /// <summary>Most role placements tried to bring several roles under one roof.</summary>
    public const int MaxJointTrials = 4096;

    /// <summary>Candidates an explanation compares.</summary>
    private const int Compared = 5;

    private readonly WorkingState state;
    private readonly PlacementRequest request;
    private readonly bool explain;
    private readonly RoleSearch[] byWeight = [];
    private readonly long[] leastPriceAfter;

    /// <summary>Searches, and leaves the placement on the state when there is one.</summary>
    /// <param name="explain">False for the many searches behind an advice: they need no words and give up earlier.</param>
    public RequestSearch(WorkingState state, PlacementRequest request, DecisionScope scope, bool explain)
    {
        this.state = state;
        this.request = request;
        this.explain = explain;
        Choices = new RoleChoice[request.Roles.Count];
        leastPriceAfter = new long[request.Roles.Count + 1];
        if (scope.Cluster is null && request.Currency is null && state.Columns.Index.Currencies.Count > 1)
        {
            RefusalCode = RefusalCodes.CurrencyAmbiguous;
            return;
        }

        Roles = [.. request.Roles.Select((_, position) => new RoleSearch(state, request, position, scope, explain))];
        byWeight = Roles.Length == 1 ? Roles : [.. Roles.OrderByDescending(Weight)];
        if (Array.Find(Roles, role => role.EmptiedBy is not null) is { } empty)
        {
            (RefusalCode, EmptiedBy) = (RefusalCodes.NoOfferMatches, empty.EmptiedBy);
            return;
        }

        Fits = Roles.Length == 1 ? PlaceSingle(Roles[0]) : PlaceJointly();
    }

    public RoleSearch[] Roles { get; } = [];

    /// <summary>By position of the role in the request; valid when <see cref="Fits"/>.</summary>
    public RoleChoice[] Choices { get; }
    public bool Fits { get; private set; }
    public string? RefusalCode { get; private set; }
    public string? EmptiedBy { get; private set; }
    public int Trials { get; private set; }
    public ClosestMiss? Miss { get; private set; }
    public List<CandidateScore> Compare { get; } = [];

    /// <summary>
    /// One role: candidates in the order of what they could reach, until nothing left could beat the best found. Each cluster
    /// and variant is tried once, however many offers sell it.
    /// </summary>
    private bool PlaceSingle(RoleSearch role)
    {
        var budget = request.BudgetPerHour ?? long.MaxValue;
        var tried = new List<(Candidate Candidate, RoleFit Fit, ScoreFractions Score, int Points)>();
        var best = -1;
        var overBudget = false;
        for (var i = 0; role.TryCandidate(i, out var candidate); i++)
        {
            if (best >= 0 && CannotBeat(candidate, tried[best]) && (!explain || tried.Count >= Compared || Trials > 4 * Compared))
            {
                break;
            }

            if (candidate.PricePerHour > budget)
            {
                overBudget |= role.FitOf(candidate).Fits;
                continue;
            }

            if (!role.IsKnown(candidate) && Trials++ >= MaxTrialsForBest && best >= 0)
            {
                break;
            }

            var fit = role.FitOf(candidate);
            if (!fit.Fits)
            {
                NoteMiss(role, candidate, fit);
                continue;
            }

            var score = role.Score(candidate, fit);
            var points = role.MicroPoints(score);
            tried.Add((candidate, fit, score, points));
            best = best < 0 || Beats(candidate, points, tried[best]) ? tried.Count - 1 : best;
        }

        if (best < 0)
        {
            RefusalCode = overBudget ? RefusalCodes.OverBudget : RefusalCodes.NotEnoughCapacity;
            return false;
        }

        Commit(role, tried[best].Candidate, role.RangeOf(tried[best].Candidate.Cluster), tried[best].Score);
        if (explain)
        {
            tried.Sort((left, right) => Beats(left.Candidate, left.Points, right) ? -1 : 1);
            Compare.AddRange(tried.Take(Compared).Select(entry => role.Explain(entry.Candidate, entry.Score)));
        }

        return true;
    }

    private static bool CannotBeat(in Candidate candidate, in (Candidate Candidate, RoleFit Fit, ScoreFractions Score, int Points) best) =>
        candidate.Order.Precedence > best.Candidate.Order.Precedence
        || (candidate.Order.Precedence == best.Candidate.Order.Precedence && candidate.Order.BestMicroPoints < best.Points);

    private static bool Beats(
        in Candidate candidate,
        int points,
        in (Candidate Candidate, RoleFit Fit, ScoreFractions Score, int Points) other
    ) => (candidate.Order with { BestMicroPoints = points }).CompareTo(other.Candidate.Order with { BestMicroPoints = other.Points }) < 0;

    /// <summary>Several roles: the heaviest first, each on its best candidate that leaves room for the others.</summary>
    private bool PlaceJointly()
    {
        foreach (var role in byWeight)
        {
            if (!FitsAlone(role))
            {
                RefusalCode = RefusalCodes.NotEnoughCapacity;
                return false;
            }
        }

        for (var i = byWeight.Length - 1; i >= 0; i--)
        {
            var least = byWeight[i].LookAtAll().Min(candidate => candidate.PricePerHour);
            leastPriceAfter[i] = (long)Int128.Min((Int128)least + leastPriceAfter[i + 1], long.MaxValue);
        }

        if (leastPriceAfter[0] > (request.BudgetPerHour ?? long.MaxValue))
        {
            RefusalCode = RefusalCodes.OverBudget;
            return false;
        }

        var shared = request.Constraints.TogetherScope == TogetherScope.Request ? request.Constraints.Together : TopologyLevel.Anywhere;
        if (PlaceFrom(0, request.BudgetPerHour ?? long.MaxValue, shared, null))
        {
            ExplainJoint();
            return true;
        }

        var exact = new JointSearch(state, byWeight, request, shared, explain ? JointSearch.MaxSteps : JointSearch.MaxStepsForAdvice);
        if (exact.Run(Choices))
        {
            Trials += exact.Steps;
            ExplainJoint();
            return true;
        }

        Trials += exact.Steps;
        RefusalCode = exact.Complete ? RefusalCodes.RolesDoNotFitTogether : RefusalCodes.SearchLimit;
        return false;
    }

    private bool FitsAlone(RoleSearch role)
    {
        for (var i = 0; role.TryCandidate(i, out var candidate); i++)
        {
            Trials += role.IsKnown(candidate) ? 0 : 1;
            var fit = role.FitOf(candidate);
            if (fit.Fits)
            {
                return true;
            }

            NoteMiss(role, candidate, fit);
        }

        return false;
    }

    private bool PlaceFrom(int depth, long budget, TopologyLevel shared, int? domain)
    {
        if (depth == byWeight.Length)
        {
            return true;
        }

        var role = byWeight[depth];
        for (var i = 0; role.TryCandidate(i, out var candidate) && Trials < MaxJointTrials; i++)
        {
            if (
                (Int128)candidate.PricePerHour + leastPriceAfter[depth + 1] > budget
                || (candidate.Offer >= 0 && candidate.RoleMilli > state.OfferMilli[candidate.Offer])
                || (role.IsKnown(candidate) && !role.FitOf(candidate).Fits)
            )
            {
                continue;
            }

            foreach (var range in Domains(role, candidate, shared, domain))
            {
                var mark = state.Mark;
                Trials++;
                if (
                    Commit(role, candidate, range, null)
                    && PlaceFrom(
                        depth + 1,
                        budget - candidate.PricePerHour,
                        shared,
                        shared == TopologyLevel.Anywhere ? null : DomainOf(range, candidate, shared)
                    )
                )
                {
                    return true;
                }

                state.RollbackTo(mark);
            }
        }

        return false;
    }

    /// <summary>
    /// Where a role may go: everywhere in its cluster, or, when all roles share one domain, each domain of that level in turn
    /// (tightest first) until the first role has chosen it.
    /// </summary>
    private IEnumerable<NodeRange> Domains(RoleSearch role, Candidate candidate, TopologyLevel shared, int? domain)
    {
        var all = role.RangeOf(candidate.Cluster);
        if (shared == TopologyLevel.Anywhere)
        {
            return [all];
        }

        if (shared == TopologyLevel.Cluster)
        {
            return domain is null || domain == candidate.Cluster ? [all] : [];
        }

        if (domain is { } chosen)
        {
            return [all with { DomainLevel = shared, Domain = chosen }];
        }

        var columns = state.Columns;
        return Enumerable
            .Range(all.From, all.To - all.From)
            .Select(node => columns.DomainOf(node, shared))
            .Distinct()
            .Select(id => all with { DomainLevel = shared, Domain = id })
            .Select(range =>
                (Range: range, Most: RolePlacer.MostReplicas(state, candidate.Plan, InputBounds.MaxReplicas, range, TopologyLevel.Anywhere))
            )
            .Where(entry => entry.Most >= role.Role.Replicas)
            .OrderBy(entry => entry.Most)
            .Select(entry => entry.Range)
            .ToList();
    }

    private static int DomainOf(NodeRange range, Candidate candidate, TopologyLevel shared) =>
        shared == TopologyLevel.Cluster ? candidate.Cluster : range.Domain;

    private bool Commit(RoleSearch role, in Candidate candidate, NodeRange range, ScoreFractions? score)
    {
        var widest = range.DomainLevel == TopologyLevel.Anywhere ? role.Widest : TopologyLevel.Anywhere;
        var mark = state.Mark;
        if (candidate.Offer >= 0)
        {
            state.TakeOffer(candidate.Offer, candidate.RoleMilli);
        }

        var from = state.Mark;
        var fit = RolePlacer.TryPlace(state, candidate.Plan, role.Role.Replicas, range, widest);
        if (!fit.Fits)
        {
            state.RollbackTo(mark);
            return false;
        }

        Choices[role.Position] = new RoleChoice(candidate, fit, score ?? role.Score(candidate, fit), from, state.Mark);
        return true;
    }

    private void ExplainJoint()
    {
        if (explain)
        {
            Compare.AddRange(Roles.Select(role => role.Explain(Choices[role.Position].Candidate, Choices[role.Position].Score)));
        }
    }

    private void NoteMiss(RoleSearch role, in Candidate candidate, RoleFit fit)
    {
        if (Miss is not null && Miss.Role == role.Role.Name && Miss.ReplicasPossible >= fit.Possible)
        {
            return;
        }

        var columns = state.Columns;
        Miss = new ClosestMiss(
            role.Role.Name,
            candidate.Offer < 0 ? null : columns.Offers[candidate.Offer].Id,
            columns.Clusters[candidate.Cluster].Id,
            RuleCodes.FreeCapacity,
            role.Role.Replicas,
            fit.Possible,
            (long)role.Role.Replicas * candidate.Plan.Cards,
            (long)fit.Possible * candidate.Plan.Cards
        );
    }

    /// <summary>Heavier roles are harder to place, so they choose first: cards, then processors.</summary>
    private static (long Cards, long Cpu) Weight(RoleSearch role) =>
        (
            role.Role.Variants.Max(variant => (long)variant.CardsPerReplica * variant.ComputeMilli) * role.Role.Replicas,
            role.Role.Variants.Max(variant => (long)variant.CpuMilli) * role.Role.Replicas
        );
}
