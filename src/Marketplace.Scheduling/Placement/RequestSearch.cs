using Marketplace.Scheduling.Graphs;
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
    private readonly WorkingState state;
    private readonly PlacementRequest request;
    private readonly bool explain;
    private readonly RoleSearch[] byWeight = [];
    private readonly long[] leastPriceAfter;
    private readonly bool oneCluster;
    private int beforePrecedence = int.MaxValue;
    private SinglePlacement? single;
    private GraphSearch? graph;
    private int jointTrials;
    private IReadOnlyList<CandidateScore> joint = [];

    /// <summary>Searches, and leaves the placement on the state when there is one.</summary>
    /// <param name="explain">False for the many searches behind an advice: they need no words and give up earlier.</param>
    public RequestSearch(WorkingState state, PlacementRequest request, DecisionScope scope, bool explain)
    {
        this.state = state;
        this.request = request;
        this.explain = explain;
        oneCluster = scope.Cluster is not null;
        Later = state.Mark == 0 && !state.AsIfEmpty && scope.Cluster is null;
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
            NeverFits = empty.EmptiedBy != RuleCodes.AvailableCards;
            return;
        }

        Fits = Roles.Length == 1 ? PlaceSingle(Roles[0]) : PlaceJointly();
        if (explain && !Later)
        {
            ExplainGraph();
        }
    }

    public RoleSearch[] Roles { get; } = [];

    /// <summary>By position of the role in the request; valid when <see cref="Fits"/>.</summary>
    public RoleChoice[] Choices { get; }
    public bool Fits { get; private set; }
    public string? RefusalCode { get; private set; }
    public string? EmptiedBy { get; private set; }

    /// <summary>True when a rule left nothing that does not look at what is free.</summary>
    public bool NeverFits { get; private set; }
    public int Trials => single?.Trials ?? jointTrials;
    public ClosestMiss? Miss { get; private set; }

    /// <summary>The service graph, when the roles were placed as one.</summary>
    public GraphSearch? Graph => graph;

    /// <summary>The bounds on edges that cannot be kept.</summary>
    public IReadOnlyList<LatencyMiss> LatencyMisses { get; private set; } = [];

    /// <summary>The candidates compared, best first.</summary>
    public IReadOnlyList<CandidateScore> Compare => single?.Compared ?? joint;

    /// <summary>True when the explanation may be finished later: nothing was taken from the snapshot before.</summary>
    public bool Later { get; }

    /// <summary>
    /// Finishes what only the explanation needs, on a state that equals the one the search began on.
    /// </summary>
    public void Finish(WorkingState other)
    {
        if (graph is not null && !Fits)
        {
            graph = GraphOn(other);
            ExplainGraph();
        }

        if (single is null)
        {
            return;
        }

        single.Role.Resume(other);
        single.Compare();
    }

    private bool PlaceSingle(RoleSearch role)
    {
        single = new SinglePlacement(role, request.BudgetPerHour ?? long.MaxValue, NoteMiss);
        single.Find();
        if (single.Best is not { } best)
        {
            RefusalCode = single.OverBudget ? RefusalCodes.OverBudget : RefusalCodes.NotEnoughCapacity;
            return false;
        }

        if (explain && !Later)
        {
            single.Compare();
        }

        Take(role, best);
        return true;
    }

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

        // Without a budget nobody asks, and the least price is only known once all candidates were looked at.
        for (var i = byWeight.Length - 1; i >= 0 && request.BudgetPerHour is not null; i--)
        {
            var least = byWeight[i].LookAtAll().Min(candidate => candidate.PricePerHour);
            leastPriceAfter[i] = (long)Int128.Min((Int128)least + leastPriceAfter[i + 1], long.MaxValue);
        }

        if (leastPriceAfter[0] > (request.BudgetPerHour ?? long.MaxValue))
        {
            RefusalCode = RefusalCodes.OverBudget;
            return false;
        }

        // A later tier of a policy is only opened when the tiers before it cannot hold all roles.
        var policy = oneCluster ? null : request.Policy;
        for (var tiers = 1; tiers <= (policy?.Tiers.Count ?? 1); tiers++)
        {
            beforePrecedence = policy is null ? int.MaxValue : tiers * ResourcePolicy.Span;
            if (IsGraph ? PlaceGraph() : PlaceTogether())
            {
                RefusalCode = null;
                ExplainJoint();
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether distances and data decide: with one domain for all roles, or on one cluster, all of them are at one site anyway.</summary>
    private bool IsGraph =>
        !oneCluster
        && Shared == TopologyLevel.Anywhere
        && (request.Edges.Count > 0 || Array.Exists(Roles, role => role.Role.Data.Count > 0));

    private TopologyLevel Shared =>
        request.Constraints.TogetherScope == TogetherScope.Request ? request.Constraints.Together : TopologyLevel.Anywhere;

    private bool PlaceGraph()
    {
        graph = GraphOn(state);
        RefusalCode = graph.Place(Choices);
        jointTrials += graph.Trials;
        return RefusalCode is null;
    }

    private GraphSearch GraphOn(WorkingState other)
    {
        foreach (var role in Roles)
        {
            role.Resume(other);
        }

        return new GraphSearch(other, request, new GraphProblem(other.Columns, request, Roles, beforePrecedence), explain);
    }

    private void ExplainGraph()
    {
        if (graph is not null && RefusalCode == RefusalCodes.EdgeLatency)
        {
            LatencyMisses = graph.Misses();
        }
    }

    private bool PlaceTogether()
    {
        var budget = request.BudgetPerHour ?? long.MaxValue;
        var greedy = new GreedySearch(state, byWeight, leastPriceAfter, Shared) { BeforePrecedence = beforePrecedence };
        var placed = greedy.Run(budget, Choices);
        jointTrials += greedy.Trials;
        if (placed)
        {
            return true;
        }

        var exact = new JointSearch(state, byWeight, budget, Shared, explain ? JointSearch.MaxSteps : JointSearch.MaxStepsForAdvice)
        {
            BeforePrecedence = beforePrecedence,
        };
        var found = exact.Run(Choices);
        jointTrials += exact.Steps;
        RefusalCode =
            found ? null
            : exact.Complete ? RefusalCodes.RolesDoNotFitTogether
            : RefusalCodes.SearchLimit;
        return found;
    }

    private bool FitsAlone(RoleSearch role)
    {
        for (var i = 0; role.TryCandidate(i, out var candidate); i++)
        {
            jointTrials += role.IsKnown(candidate) ? 0 : 1;
            var fit = role.FitOf(candidate);
            if (fit.Fits)
            {
                return true;
            }

            NoteMiss(role, candidate, fit);
        }

        return false;
    }

    /// <summary>Takes what was tried: the state is as it was then.</summary>
    private void Take(RoleSearch role, in TriedCandidate best)
    {
        if (best.Candidate.Offer >= 0)
        {
            state.TakeOffer(best.Candidate.Offer, best.Candidate.RoleMilli);
        }

        var from = state.Mark;
        role.Take(best.Candidate);
        Choices[role.Position] = new RoleChoice(best.Candidate, role.FitOf(best.Candidate), best.Score, from, state.Mark);
    }

    private void ExplainJoint()
    {
        if (explain)
        {
            joint = [.. Roles.Select(role => role.Explain(Choices[role.Position].Candidate, Choices[role.Position].Score))];
        }
    }

    private void NoteMiss(RoleSearch role, Candidate candidate, RoleFit fit)
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
