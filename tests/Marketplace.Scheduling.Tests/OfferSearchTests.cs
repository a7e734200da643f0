using System.Text.Json;
using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

/// <summary>Looking for offers by index, by scan and one by one gives the same, over many blocks of offers.</summary>
public sealed class OfferSearchTests
{
    private const int Clusters = 60;
    private static readonly string[] Models = ["A", "B", "C"];

    [Theory]
    [InlineData(1, 500)]
    [InlineData(2, 3000)]
    [InlineData(3, 64)]
    public void Scan_and_index_decide_and_explain_alike(int seed, int offers)
    {
        var random = new Random(seed);
        var snapshot = Market(random, offers);
        var placed = 0;
        for (var r = 0; r < 150; r++)
        {
            var request = Ask(random);
            var byIndex = Scheduler.Decide(snapshot, request);
            placed += byIndex.IsPlaced ? 1 : 0;
            Assert.Equal(Text(Scheduler.Decide(snapshot, request, Lookup.Scan)), Text(byIndex));
        }

        Assert.InRange(placed, 20, 145);
    }

    [Theory]
    [InlineData(4, 700, false)]
    [InlineData(5, 700, true)]
    public void Candidates_come_in_the_order_in_which_all_of_them_would_be_sorted(int seed, int offers, bool scan)
    {
        var random = new Random(seed);
        var snapshot = Market(random, offers);
        var seen = 0;
        for (var r = 0; r < 100; r++)
        {
            var request = Ask(random);
            var shape = new RoleShape(snapshot.Columns, request, request.Roles[0], null, scan ? Lookup.Scan : Lookup.Index);
            var expected = Sorted(snapshot, request, shape);
            var queue = shape.Queue(request.Roles[0].Replicas, asIfEmpty: false);
            for (var i = 0; i < expected.Count; i++)
            {
                Assert.True(queue.TryGet(i, out var candidate));
                Assert.Equal(expected[i], candidate);
            }

            Assert.False(queue.TryGet(expected.Count, out _));
            seen += expected.Count;
        }

        Assert.True(seen > 2000, $"Only {seen} candidates were compared.");
    }

    [Fact]
    public void The_index_looks_at_a_small_part_of_the_offers()
    {
        var snapshot = Market(new Random(6), 20_000);
        var request = Request(Role(1, Cards("A", 1))) with { Currency = "CNY" };
        var shape = new RoleShape(snapshot.Columns, request, request.Roles[0], null, Lookup.Index);
        var byIndex = shape.Search(1, asIfEmpty: false);
        var byScan = shape.Search(1, asIfEmpty: false);
        Assert.Equal(byScan.Next(16, null, Lookup.Scan), byIndex.Next(16, null, Lookup.Index));
        Assert.InRange(byScan.Looked, 4000, 20_000);
        Assert.InRange(byIndex.Looked, 16, byScan.Looked / 3);
    }

    /// <summary>Every offer checked by itself against the words of the request, then sorted: the oracle of the order.</summary>
    private static List<CandidateOrder> Sorted(SupplySnapshot snapshot, PlacementRequest request, RoleShape shape)
    {
        var columns = snapshot.Columns;
        var index = columns.Index;
        var role = request.Roles[0];
        var found = new List<CandidateOrder>();
        foreach (var offer in snapshot.Offers.Where(offer => Allowed(snapshot, request, offer)))
        {
            var at = index.PositionOf(offer.Id);
            for (var v = 0; v < role.Variants.Count; v++)
            {
                var variant = role.Variants[v];
                if (variant.IsCpuOnly != offer.DeviceModel is null || (variant.DeviceModel ?? offer.DeviceModel) != offer.DeviceModel)
                {
                    continue;
                }

                var plan = new VariantPlan(
                    columns,
                    request,
                    variant,
                    offer.DeviceModel,
                    VariantPlan.AllowedNodeClasses(columns, request, variant)
                );
                var cards = (offer.AvailableCards * 1000L) + offer.AvailableRemainderMilli;
                if (
                    plan.BilledMilli(index.Cluster[at], offer) is { } milli
                    && milli * role.Replicas <= cards
                    && milli * role.Replicas >= offer.MinCards * 1000L
                )
                {
                    var points = shape.Score.BestMicroPoints(at, v, milli);
                    found.Add(new CandidateOrder(offer.Precedence, points, index.Listed[at], v, at, milli));
                }
            }
        }

        found.Sort();
        return found;
    }

    private static bool Allowed(SupplySnapshot snapshot, PlacementRequest request, Offer offer)
    {
        var has = request.Constraints;
        var site = snapshot.Sites.Single(site => site.Id == snapshot.Clusters.Single(cluster => cluster.Id == offer.ClusterId).SiteId);
        return offer.Classes.Contains(request.ContractClass)
            && offer.Currency == request.Currency
            && (has.Regions.Count == 0 || has.Regions.Contains(site.Region))
            && (has.ClusterIds.Count == 0 || has.ClusterIds.Contains(offer.ClusterId))
            && !has.DeniedSuppliers.Any(denied => denied == site.CenterId || denied == offer.OperatorId)
            && (has.AllowedSuppliers.Count == 0 || has.AllowedSuppliers.Any(good => good == site.CenterId || good == offer.OperatorId))
            && offer.VerificationLevel >= has.MinVerificationLevel
            && (request.MaxPricePerCardHour is not { } most || offer.PricePerCardHour <= most);
    }

    private static SupplySnapshot Market(Random random, int offers)
    {
        var builder = new SupplySnapshotBuilder().Add(new RegionLatency("r0", "r1", 20)).Add(new RegionLatency("r0", "r2", 90));
        for (var c = 0; c < Clusters; c++)
        {
            builder.Add(Site($"s{c}", $"r{random.Next(4)}", tier: (SiteTier)random.Next(3))).Add(new Cluster($"c{c}", $"s{c}"));
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var sharing = random.Next(2) == 0 ? null : new FractionSharing(512, random.Next(1, 4) * 50);
                var node = Node($"n{c}-{n}", $"c{c}", 0);
                builder.Add(
                    node with
                    {
                        Devices = [.. Enumerable.Range(0, 4).Select(d => Device($"d{d}", Models[c % 3], 40_960, sharing))],
                    }
                );
            }
        }

        return builder.AddRange(Enumerable.Range(0, offers).Select(o => MakeOffer(random, o))).Build();
    }

    private static Offer MakeOffer(Random random, int o)
    {
        var cluster = random.Next(Clusters);
        var model = random.Next(5) == 0 ? null : Models[random.Next(10) == 0 ? random.Next(3) : cluster % 3];
        return Offer($"o{o}", random.Next(0, 40) * Yuan / 4, $"c{cluster}", model, random.Next(0, 20)) with
        {
            OperatorId = $"op{random.Next(random.Next(2) == 0 ? 3 : 200)}",
            Currency = random.Next(6) == 0 ? "USD" : "CNY",
            VerificationLevel = random.Next(4),
            ReliabilityMilli = random.Next(3) == 0 ? null : random.Next(1001),
            MinCards = random.Next(8) == 0 ? 2 : 0,
            Precedence = random.Next(20) == 0 ? 0 : random.Next(1, 3),
            AvailableRemainderMilli = random.Next(2) * 250,
        };
    }

    private static PlacementRequest Ask(Random random)
    {
        Variant[] all = [Cards("A", 1), Cards("B", 2, throughput: 3), Cards("C", 1, 300), Cards(null, 1), Cpu(3000, 9000), Cards("D", 1)];
        var variants = Enumerable.Range(0, random.Next(1, 4)).Select(_ => all[random.Next(all.Length)]).ToArray();
        return Request(Role(random.Next(1, 5), variants)) with
        {
            Currency = "CNY",
            Objective = (Objective)random.Next(4),
            NearRegion = random.Next(2) == 0 ? "r0" : null,
            MaxPricePerCardHour = random.Next(3) == 0 ? random.Next(1, 9) * Yuan : null,
            Constraints = new Constraints
            {
                Regions = random.Next(3) == 0 ? [$"r{random.Next(5)}", "r1"] : [],
                ClusterIds = random.Next(6) == 0 ? ["c1", "c7", "c20", "nowhere"] : [],
                MinVerificationLevel = random.Next(3),
                DeniedSuppliers = random.Next(4) == 0 ? [$"op{random.Next(200)}", "center-s3"] : [],
                AllowedSuppliers = random.Next(5) == 0 ? ["op1", "center-s4", $"op{random.Next(200)}"] : [],
            },
        };
    }

    private static string Text(Decision decision) => JsonSerializer.Serialize(decision, decision.GetType());
}
