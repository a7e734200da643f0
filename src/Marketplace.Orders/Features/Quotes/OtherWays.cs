using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>Another way to buy what was placed, with the request that buys it.</summary>
/// <param name="GivenUp">The wish it does not keep: one of <see cref="Wish"/>.</param>
internal sealed record OtherWay(string Kind, WorkloadRequest Request, Recipe Recipe, Placed Placed, string GivenUp);

/// <summary>What an alternative gives up, and so why it was not chosen.</summary>
internal static class Wish
{
    /// <summary>Nothing but points: what the customer wanted most is better served by the chosen one.</summary>
    public const string Objective = "objective";

    /// <summary>The one offer that was named.</summary>
    public const string Offer = "offer";

    /// <summary>The chip.</summary>
    public const string Chip = "chip";

    /// <summary>Regions or tiers that were named.</summary>
    public const string Place = "place";

    /// <summary>The contract class.</summary>
    public const string Class = "class";
}

/// <summary>
/// A cheaper, a faster and a nearer way to buy what was placed, on the same snapshot. Where the request itself has nothing better, wishes
/// are given up one after another: the offer, the chip, the place, the class. Never the country, where data has to stay, and never the
/// software stack that the image is built for. Pure.
/// </summary>
internal static class OtherWays
{
    private const int Looked = 3;

    private sealed record Wider(string GivenUp, WorkloadRequest Request, Recipe Recipe, PlacementRequest Placement);

    /// <param name="work">The kind of work asked for, with the measurements of other chips; null when none was named.</param>
    public static IReadOnlyList<OtherWay> Find(
        SupplySnapshot supply,
        WorkloadRequest request,
        Recipe recipe,
        string currency,
        WorkView? work,
        Placed chosen
    )
    {
        var wider = Widen(supply, request, recipe, currency, work, chosen).ToList();
        var found = new List<OtherWay>(3);
        // Another class is another promise: it is named only where nothing with the same promise is cheaper.
        if (!Add("cheaper", Objective.CheapestWork, wider.Where(w => w.GivenUp != Wish.Class), p => -p.PricePerHour))
            Add("cheaper", Objective.CheapestWork, wider.Where(w => w.GivenUp == Wish.Class), p => -p.PricePerHour);
        if (SpeedOf(chosen) is { } speed)
            Add("faster", Objective.Fastest, wider.Where(w => w.GivenUp != Wish.Class), p => SpeedOf(p) ?? speed);
        Site there = SiteOf(supply, chosen);
        var nearer = Enum.GetValues<SiteTier>().Where(t => Nearness(t) > Nearness(there.Tier)).ToList();
        if (nearer.Count > 0)
            Add(
                "nearer",
                request.Objective,
                wider
                    .Where(w => w.GivenUp != Wish.Class)
                    .Select(w => w with { Placement = InTiers(w.Placement, nearer, there.Country) })
                    .Where(w => w.Placement.Constraints.Tiers.Count > 0),
                p => Nearness(SiteOf(supply, p).Tier)
            );
        return found;

        bool Add(string kind, Objective objective, IEnumerable<Wider> among, Func<Placed, double> worth)
        {
            OtherWay? best = null;
            foreach (Wider each in among)
            {
                foreach (Placed placed in Scheduler.Rank(supply, each.Placement with { Objective = objective }, Looked))
                {
                    // Of equals, the one that gives up less came first.
                    if (worth(placed) > worth(best?.Placed ?? chosen))
                        best = new OtherWay(kind, each.Request, each.Recipe, placed, each.GivenUp);
                }
            }
            if (best is not null)
                found.Add(best with { Request = Buying(best) });
            return best is not null;
        }
    }

    /// <summary>The request as it is, then with one wish less at a time.</summary>
    private static IEnumerable<Wider> Widen(
        SupplySnapshot supply,
        WorkloadRequest request,
        Recipe recipe,
        string currency,
        WorkView? work,
        Placed chosen
    )
    {
        // Whoever named an offer or a chip has an image for its software stack.
        string? stack = StackOf(supply, chosen);
        if (request.OfferId is null)
            yield return Make(Wish.Objective, request, recipe);
        WorkloadRequest free = request with { OfferId = null };
        if (request.OfferId is not null)
            yield return Make(Wish.Offer, free, recipe);
        if (stack is not null && AnyChip(request, recipe, work, chosen) is { } anyChip)
            yield return Make(Wish.Chip, free, anyChip);
        if (request.Regions.Count > 0 || request.Tiers.Count > 0)
            yield return Make(Wish.Place, free with { Regions = [], Tiers = [] }, recipe);
        foreach (ContractClass other in Enum.GetValues<ContractClass>().Where(c => c != request.Class))
            yield return Make(Wish.Class, free with { Class = other }, recipe);

        Wider Make(string givenUp, WorkloadRequest wider, Recipe with)
        {
            PlacementRequest placement = Planner.ToPlacement("other", wider, with, currency);
            bool keepStack = stack is not null && givenUp != Wish.Objective && request.BundleId is null;
            return new Wider(
                givenUp,
                wider,
                with,
                keepStack ? placement with { Constraints = placement.Constraints with { Stacks = [stack!] } } : placement
            );
        }
    }

    /// <summary>The recipe on any chip, measured ones with their speed; null when it names its own images per chip or takes any already.</summary>
    private static Recipe? AnyChip(WorkloadRequest request, Recipe recipe, WorkView? work, Placed chosen)
    {
        if (request.BundleId is not null || chosen.Roles[0].DeviceModel is null || recipe.Roles[0].Variants.Any(v => v.DeviceModel is null))
            return null;
        RecipeVariant taken = recipe.Roles[0].Variants[chosen.Roles[0].VariantIndex];
        RecipeVariant[] any =
        [
            .. (work?.ThroughputByModel ?? new Dictionary<string, double>()).Select(m =>
                taken with
                {
                    DeviceModel = m.Key,
                    Throughput = m.Value,
                }
            ),
            taken with
            {
                DeviceModel = null,
                Throughput = null,
            },
        ];
        return recipe with { Roles = [recipe.Roles[0] with { Variants = any }] };
    }

    private static PlacementRequest InTiers(PlacementRequest placement, List<SiteTier> nearer, string country)
    {
        Constraints constraints = placement.Constraints;
        return placement with
        {
            Constraints = constraints with
            {
                Tiers = [.. nearer.Where(t => constraints.Tiers.Count == 0 || constraints.Tiers.Contains(t))],
                Countries = constraints.Countries.Count > 0 ? constraints.Countries : [country],
            },
        };
    }

    /// <summary>The request that gets exactly this: its offer and chip, and no wish that stands against them.</summary>
    private static WorkloadRequest Buying(OtherWay way)
    {
        var offers = way.Placed.Roles.Select(r => r.OfferId).Distinct(StringComparer.Ordinal).ToList();
        WorkloadRequest request = way.Request with { OfferId = offers.Count == 1 ? offers[0] : null };
        if (request.BundleId is not null || way.Placed.Roles[0].DeviceModel is not { } model)
            return request;
        RecipeVariant variant = way.Recipe.Roles[0].Variants[way.Placed.Roles[0].VariantIndex];
        VariantRequest? named = request.Variants.FirstOrDefault(v => v.DeviceModel == model);
        return request with { Variants = [named ?? new VariantRequest(model, variant.Image == request.Image ? null : variant.Image)] };
    }

    /// <summary>Units of work per second of all roles; null when one was never measured.</summary>
    public static double? SpeedOf(Placed placed) =>
        placed.Roles.All(r => r.UnitsPerSecond is not null) ? placed.Roles.Sum(r => r.UnitsPerSecond!.Value) : null;

    // Edge and terminal sites stand where their users are.
    private static int Nearness(SiteTier tier) =>
        tier switch
        {
            SiteTier.Terminal => 2,
            SiteTier.Edge => 1,
            _ => 0,
        };

    private static Site SiteOf(SupplySnapshot supply, Placed placed) => supply.Sites.First(s => s.Id == placed.Roles[0].SiteId);

    private static string? StackOf(SupplySnapshot supply, Placed placed)
    {
        RolePlacement role = placed.Roles[0];
        string node = role.Replicas[0].NodeId;
        return supply.Nodes.First(n => n.Id == node).Devices.FirstOrDefault(d => d.Model == role.DeviceModel)?.Stack;
    }
}
