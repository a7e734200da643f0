using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests.Graphs;

/// <summary>A small random network of sites and a service graph, the same for the same number.</summary>
internal sealed class GraphScenario
{
    private readonly Random random;

    /// <param name="services">How many roles; 0 = a few.</param>
    public GraphScenario(int number, int services = 0)
    {
        random = new Random(number);
        Number = number;
        var roles = services > 0 ? services : random.Next(2, 6);
        Snapshot = MakeSnapshot(services > 0 ? random.Next(3, 6) : random.Next(2, 5), services > 0 ? 40 : 4);
        Request = MakeRequest(roles, services > 0);
    }

    public int Number { get; }
    public SupplySnapshot Snapshot { get; }
    public PlacementRequest Request { get; }

    /// <summary>As stated; the snapshot does not show them.</summary>
    public List<RegionLatency> Latencies { get; } = [];
    public List<EgressPrice> Egress { get; } = [];

    private bool Rarely(int oneIn) => random.Next(oneIn) == 0;

    private SupplySnapshot MakeSnapshot(int sites, int cores)
    {
        var builder = new SupplySnapshotBuilder();
        var regions = random.Next(2, 5);
        for (var s = 0; s < sites; s++)
        {
            var region = random.Next(regions);
            builder.Add(new Site($"s{s}", $"s{s}", $"r{region}", region < 2 ? "CN" : "SG", (SiteTier)random.Next(3), $"center{s % 2}"));
            builder.Add(new Cluster($"c{s}", $"s{s}"));
            for (var n = random.Next(1, 3); n > 0; n--)
            {
                builder.Add(MakeNode($"c{s}n{n}", $"c{s}", random.Next(1, cores) * 1000));
            }

            for (var o = random.Next(1, 3); o > 0; o--)
            {
                builder.Add(MakeOffer($"c{s}o{o}", $"c{s}", random.Next(2, 3 * cores)));
            }
        }

        for (var from = 0; from < regions; from++)
        {
            for (var to = from; to < regions; to++)
            {
                AddPair(builder, from, to);
            }
        }

        return builder.Build();
    }

    private void AddPair(SupplySnapshotBuilder builder, int from, int to)
    {
        if (from == to ? Rarely(4) : !Rarely(5))
        {
            Latencies.Add(new RegionLatency($"r{from}", $"r{to}", from == to ? random.Next(4) : random.Next(1, 80)));
            builder.Add(Latencies[^1]);
        }

        if (from != to && !Rarely(3))
        {
            Egress.Add(new EgressPrice($"r{from}", $"r{to}", random.Next(1, 900_000), Rarely(6) ? "USD" : "CNY"));
            Egress.Add(new EgressPrice($"r{to}", $"r{from}", random.Next(1, 900_000), "CNY"));
            builder.Add(Egress[^2]).Add(Egress[^1]);
        }
    }

    private static Node MakeNode(string id, string cluster, int cpuMilli) =>
        new()
        {
            Id = id,
            ClusterId = cluster,
            Architecture = CpuArchitecture.X64,
            CpuMilli = cpuMilli,
            MemoryMib = 65_536,
            FreeCpuMilli = cpuMilli,
            FreeMemoryMib = 65_536,
        };

    private Offer MakeOffer(string id, string cluster, int cards) =>
        new()
        {
            Id = id,
            ListingId = "l" + id,
            ClusterId = cluster,
            OperatorId = "op" + random.Next(2),
            PricePerCardHour = random.Next(1, 8) * 250_000L,
            Currency = "CNY",
            AvailableCards = cards,
            Classes = [ContractClass.OnDemand],
            Precedence = Rarely(6) ? 1 : 0,
            UnitMemoryMib = 65_536,
        };

    private PlacementRequest MakeRequest(int roles, bool large)
    {
        var edges = new List<RoleEdge>();
        for (var to = 1; to < roles; to++)
        {
            // A tree, and now and then a second way.
            edges.Add(MakeEdge(random.Next(to), to, large));
            var from = random.Next(to);
            if (Rarely(large ? 6 : 3) && edges[^1].From != $"role{from}")
            {
                edges.Add(MakeEdge(from, to, large));
            }
        }

        return new PlacementRequest
        {
            Id = $"graph{Number}",
            Roles = [.. Enumerable.Range(0, roles).Select(r => MakeRole(r, large))],
            Edges = edges,
            Objective = (Objective)random.Next(4),
            BudgetPerHour = Rarely(4) ? random.Next(1, 8 * roles) * 500_000L : null,
            Hours = Rarely(2) ? random.Next(1, 100) : null,
            Policy =
                Rarely(5) && !large
                    ? new ResourcePolicy([new PolicyTier { Suppliers = ["center0"] }, new PolicyTier { Suppliers = ["op1", "op0"] }])
                    : null,
        };
    }

    private RoleEdge MakeEdge(int from, int to, bool large) =>
        new(
            $"role{from}",
            $"role{to}",
            random.Next(0, 2000),
            random.Next(0, 200_000),
            Rarely(large ? 2 : 3) ? null
                : Rarely(4) ? RoleEdge.SameSiteMs
                : random.Next(1, 70)
        );

    private Role MakeRole(int at, bool large) =>
        new($"role{at}", random.Next(1, 3), [MakeVariant("a"), .. Rarely(4) ? new[] { MakeVariant("b") } : []])
        {
            Tiers = Rarely(large ? 12 : 8) ? [SiteTier.Edge, SiteTier.Terminal] : [],
            SiteIds = Rarely(large ? 15 : 10) ? ["s0", "s1"] : [],
            Data = Rarely(6) ? [MakeData()] : [],
        };

    private DataSet MakeData()
    {
        var atSite = Rarely(2);
        return new DataSet
        {
            Name = "set",
            SiteId = atSite ? "s1" : null,
            Region = atSite ? null : "r0",
            Gib = random.Next(0, 2000),
            StaysInCountry = Rarely(3) ? "CN" : null,
        };
    }

    private Variant MakeVariant(string name) =>
        new()
        {
            Name = name,
            CpuMilli = random.Next(1, 3) * 500,
            MemoryMib = 512,
        };
}
