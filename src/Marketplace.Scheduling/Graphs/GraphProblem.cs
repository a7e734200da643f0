using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// A service graph on a snapshot, in numbers: the candidates of each role, what each costs by itself, and what an edge costs between two sites.
/// A cost is one whole number: precedence first, then micro-units per hour (price of the offer, moving the data, traffic, and what waiting is
/// worth), so costs add up and compare exactly.
/// </summary>
internal sealed class GraphProblem
{
    /// <summary>
    /// Candidates kept per role, the cheapest of each site first. With this, the tables take at most 32 roles · 512 candidates, and a
    /// refusal is only called certain when what was left out could not have helped.
    /// </summary>
    public const int MaxCandidates = 512;

    /// <summary>Position of the precedence in a cost; the micro-units of 32 roles and 512 edges take 85 bits.</summary>
    private const int PrecedenceBit = 90;

    private readonly PlacementRequest request;
    private readonly SupplyColumns columns;
    private readonly EdgeTables tables;
    private readonly int[][] region;

    /// <param name="roles">Roles that each fit alone somewhere, by position in the request.</param>
    /// <param name="beforePrecedence">Candidates of this precedence and behind are left alone.</param>
    public GraphProblem(SupplyColumns columns, PlacementRequest request, RoleSearch[] roles, int beforePrecedence)
    {
        (this.columns, this.request, Roles) = (columns, request, roles);
        var position = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var r = 0; r < roles.Length; r++)
        {
            position.Add(request.Roles[r].Name, r);
        }

        From = [.. request.Edges.Select(edge => position[edge.From])];
        To = [.. request.Edges.Select(edge => position[edge.To])];
        Bounds = [.. request.Edges.Select(edge => edge.MaxRoundTripMs ?? double.PositiveInfinity)];
        EdgesOf = [.. roles.Select((_, r) => Enumerable.Range(0, From.Length).Where(e => From[e] == r || To[e] == r).ToArray())];
        Candidates = new Candidate[roles.Length][];
        Own = new Int128[roles.Length][];
        Site = new int[roles.Length][];
        for (var r = 0; r < roles.Length; r++)
        {
            Candidates[r] = Shortlist(roles[r], beforePrecedence);
            Own[r] = [.. Candidates[r].Select(candidate => OwnCost(roles[r], candidate))];
            Site[r] = [.. Candidates[r].Select(candidate => roles[r].SiteOf(candidate))];
        }

        var regions = Site.SelectMany(sites => sites).Select(site => columns.Network.RegionOf(site)).Distinct().ToList();
        tables = new EdgeTables(columns.Network, request, columns.Index.CurrencyOf(request), regions);
        region = [.. Site.Select(sites => sites.Select(site => tables.NumberOf(columns.Network.RegionOf(site))).ToArray())];
        Order = HeaviestEdgeFirst();
    }

    public RoleSearch[] Roles { get; }

    /// <summary>By role, in the order of their own cost.</summary>
    public Candidate[][] Candidates { get; }

    /// <summary>By role and candidate: its cost without edges.</summary>
    public Int128[][] Own { get; }

    /// <summary>By role and candidate.</summary>
    public int[][] Site { get; }

    /// <summary>By edge: the calling role.</summary>
    public int[] From { get; }

    /// <summary>By edge: the called role.</summary>
    public int[] To { get; }

    /// <summary>By edge: the longest round trip in milliseconds, infinite when any will do.</summary>
    public double[] Bounds { get; }

    /// <summary>By role.</summary>
    public int[][] EdgesOf { get; }

    /// <summary>The roles as the heaviest edges name them, then the others.</summary>
    public int[] Order { get; }

    /// <summary>True when candidates were left out: what has no room here might have had it there.</summary>
    public bool Shortened { get; private set; }

    /// <summary>True when all candidates of a site were left out: what is out of reach here might not have been there.</summary>
    public bool LacksSites { get; private set; }

    /// <summary>The other role of an edge.</summary>
    public int Other(int edge, int role) => From[edge] == role ? To[edge] : From[edge];

    /// <summary>Number of the region a candidate is in; equal for equal regions.</summary>
    public int RegionOf(int role, int candidate) => region[role][candidate];

    public double? RoundTripMs(int edge, int role, int candidate, int otherCandidate) =>
        columns.Network.RoundTripMs(Site[role][candidate], Site[Other(edge, role)][otherCandidate]);

    /// <summary>Whether the edge tolerates the distance between its roles.</summary>
    public bool Holds(double[] bounds, int edge, int role, int candidate, int otherCandidate)
    {
        if (double.IsPositiveInfinity(bounds[edge]))
        {
            return true;
        }

        var other = Other(edge, role);
        return Site[role][candidate] == Site[other][otherCandidate]
            ? RoleEdge.SameSiteMs <= bounds[edge]
            : tables.Within(region[role][candidate], region[other][otherCandidate], bounds[edge]);
    }

    /// <summary>Traffic and waiting of an edge between two sites.</summary>
    public Int128 EdgeCost(int edge, int role, int candidate, int otherCandidate)
    {
        var other = Other(edge, role);
        var (from, to) = (region[role][candidate], region[other][otherCandidate]);
        return Site[role][candidate] == Site[other][otherCandidate] ? tables.CostAtOneSite(edge)
            : From[edge] == role ? tables.CostBetween(edge, from, to)
            : tables.CostBetween(edge, to, from);
    }

    /// <summary>What a whole placement costs.</summary>
    public Int128 CostOf(int[] chosen)
    {
        Int128 cost = 0;
        for (var r = 0; r < chosen.Length; r++)
        {
            cost += Own[r][chosen[r]];
        }

        for (var e = 0; e < From.Length; e++)
        {
            cost += EdgeCost(e, From[e], chosen[From[e]], chosen[To[e]]);
        }

        return cost;
    }

    private static Int128 OwnCost(RoleSearch role, in Candidate candidate) =>
        ((Int128)candidate.Order.Precedence << PrecedenceBit) + candidate.PricePerHour + (Int128)role.DataPerHour(candidate);

    /// <summary>The candidates that fit alone: the best of each site, then the second best of each, and so on.</summary>
    private Candidate[] Shortlist(RoleSearch role, int beforePrecedence)
    {
        var fitting = role.Unordered()
            .Where(candidate => candidate.Order.Precedence < beforePrecedence && role.FitOf(candidate).Fits)
            .Select(candidate => (Candidate: candidate, Cost: OwnCost(role, candidate), Site: role.SiteOf(candidate)))
            .OrderBy(entry => entry.Cost)
            .ThenBy(entry => entry.Candidate.Order.Listed)
            .ThenBy(entry => entry.Candidate.Variant)
            .ToList();
        if (fitting.Count > MaxCandidates)
        {
            Shortened = true;
            LacksSites |= fitting.DistinctBy(entry => entry.Site).Count() > MaxCandidates;
            var taken = new Dictionary<int, int>();
            fitting =
            [
                .. fitting
                    .Select(entry => (Entry: entry, Rank: taken[entry.Site] = taken.GetValueOrDefault(entry.Site) + 1))
                    .OrderBy(entry => entry.Rank)
                    .Take(MaxCandidates)
                    .Select(entry => entry.Entry)
                    .OrderBy(entry => entry.Cost),
            ];
        }

        return [.. fitting.Select(entry => entry.Candidate)];
    }

    private int[] HeaviestEdgeFirst()
    {
        var edges = Enumerable
            .Range(0, From.Length)
            .OrderByDescending(edge => Traffic.GibPerHour(request.Edges[edge]))
            .ThenBy(edge => Bounds[edge])
            .ThenBy(edge => edge);
        return [.. edges.SelectMany(edge => new[] { From[edge], To[edge] }).Concat(Enumerable.Range(0, Roles.Length)).Distinct()];
    }
}
