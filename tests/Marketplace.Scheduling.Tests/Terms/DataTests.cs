using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Terms;

/// <summary>Data that lies far away in the score of a single role.</summary>
public sealed class DataTests
{
    [Fact]
    public void With_data_far_away_the_best_offer_still_wins_and_both_ways_of_looking_agree()
    {
        var moved = 0;
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new Scenario(number);
                var random = new Random(number);
                var snapshot = WithPrices(scenario.Snapshot, random.Next(1, 100_000_000));
                var data = new DataSet
                {
                    Name = "d",
                    Region = random.Next(2) == 0 ? "north" : "south",
                    Gib = random.Next(500),
                };
                var request = scenario.Request with
                {
                    Roles = [scenario.Request.Roles[0] with { Replicas = 1, Data = [data] }],
                    Constraints = new Constraints(),
                    MaxPricePerCardHour = null,
                    BudgetPerHour = null,
                    Hours = random.Next(1, 50),
                };
                if (Scheduler.Decide(snapshot, request) is not Placed placed)
                {
                    return !Oracle.Fits(snapshot, request);
                }

                var scanned = (Placed)Scheduler.Decide(snapshot, request, Lookup.Scan);
                var plain = (Placed)Scheduler.Decide(snapshot, request with { Hours = null });
                moved += plain.Roles[0].OfferId != placed.Roles[0].OfferId ? 1 : 0;
                var offers = snapshot.Offers.Where(offer =>
                    request.Constraints.OfferIds.Count == 0 || request.Constraints.OfferIds.Contains(offer.Id)
                );
                var precedence = snapshot.Offers.Single(offer => offer.Id == placed.Roles[0].OfferId).Precedence;
                return scanned.Roles[0].OfferId == placed.Roles[0].OfferId
                    && scanned.Score.Equals(placed.Score)
                    && offers.All(offer => !Beats(snapshot, request, offer, placed, precedence));
            },
            800
        );
        Assert.InRange(moved, 10, 400);
    }

    private static bool Beats(SupplySnapshot snapshot, PlacementRequest request, Offer offer, Placed winner, int precedence) =>
        Scheduler.Decide(snapshot, request with { Constraints = request.Constraints with { OfferIds = [offer.Id] } }) is Placed other
        && (offer.Precedence < precedence || (offer.Precedence == precedence && other.Score > winner.Score));

    private static SupplySnapshot WithPrices(SupplySnapshot snapshot, long pricePerGib)
    {
        var builder = new SupplySnapshotBuilder();
        foreach (var site in snapshot.Sites)
        {
            builder.Add(site);
        }

        foreach (var cluster in snapshot.Clusters)
        {
            builder.Add(cluster);
        }

        return builder
            .AddRange(snapshot.Nodes)
            .AddRange(snapshot.Offers)
            .Add(new EgressPrice("north", "south", pricePerGib, "CNY"))
            .Add(new EgressPrice("south", "north", pricePerGib / 2, "CNY"))
            .Build();
    }
}
