using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>Market matching: the scheduler core decides over the market's snapshot, and the decision is priced with the terms of now.</summary>
internal sealed class Planner(IMarketCatalog catalog)
{
    /// <summary>The scheduler's form of a request.</summary>
    public static PlacementRequest ToPlacement(string id, WorkloadRequest request, Recipe recipe, string currency)
    {
        bool gang = recipe.Product == ProductKind.GangJob;
        return new PlacementRequest
        {
            Id = id,
            Roles =
            [
                .. recipe.Roles.Select(role => new Role(
                    role.Name,
                    role.Replicas,
                    [
                        .. role.Variants.Select(
                            (v, i) =>
                                new Variant
                                {
                                    Name = $"{i}:{v.DeviceModel ?? (v.Cards == 0 ? "cpu" : "any")}",
                                    Image = v.Image,
                                    DeviceModel = v.DeviceModel,
                                    CardsPerReplica = v.Cards,
                                    ComputeMilli = v.ComputeMilli,
                                    DeviceMemoryMib = v.MemoryMibPerCard,
                                    CpuMilli = role.CpuMilli,
                                    MemoryMib = role.HostMemoryMib,
                                    Throughput = v.Throughput,
                                    WorkUnit = recipe.Work ?? "",
                                }
                        ),
                    ]
                )
                {
                    Tiers = role.Tiers,
                    Data = [.. role.Data.Select(ToData)],
                }),
            ],
            Edges = [.. recipe.Links.Select(l => new RoleEdge(l.From, l.To, l.CallsPerSecond, l.BytesPerCall, l.MaxRoundTripMs))],
            Work = request.WorkUnits is { } units ? new WorkAmount((double)units, recipe.Work ?? "") : null,
            DeadlineHours = (double?)request.DeadlineHours,
            // Data is moved once: over how many hours says what it adds to each. The work says so itself.
            Hours = request.WorkUnits is null && recipe.Roles.Any(role => role.Data.Count > 0) ? (double)request.Hours : null,
            Policy = request.Policy is { } policy ? new ResourcePolicy([.. policy.Tiers.Select(ToTier)]) : null,
            Constraints = new Constraints
            {
                Regions = request.Regions,
                Countries = request.Countries,
                Tiers = request.Tiers,
                OfferIds = request.OfferId is null ? [] : [request.OfferId],
                // A gang talks to itself: it stays inside one cluster.
                Together = gang ? TopologyLevel.Cluster : TopologyLevel.Anywhere,
            },
            ContractClass = request.Class,
            Objective = request.Objective,
            Currency = currency,
            MaxPricePerCardHour = request.MaxPricePerCardHour is { } max ? Micros(max) : null,
        };
    }

    private static DataSet ToData(BundleData data) =>
        new()
        {
            Name = data.Name,
            SiteId = data.Site,
            Region = data.Region,
            Gib = data.Gib,
            StaysInCountry = data.StaysInCountry,
        };

    private static PolicyTier ToTier(PolicyTierRequest tier) =>
        new()
        {
            Suppliers = tier.Suppliers,
            ClusterIds = tier.Clusters,
            SiteTiers = tier.SiteTiers,
        };

    /// <summary>The terms of everything that some decisions buy, in one reading.</summary>
    public Task<IReadOnlyDictionary<string, Outcome<OfferTerms>>> TermsAsync(
        IEnumerable<Placed> placed,
        ContractClass contractClass,
        CancellationToken ct
    ) => catalog.TermsAsync([.. placed.SelectMany(p => p.Roles).Select(OfferOf).Distinct(StringComparer.Ordinal)], contractClass, ct);

    /// <summary>Prices a decision. The terms travel with the plan: what was quoted is what is billed.</summary>
    public static Outcome<QuotePlan> Price(
        WorkloadRequest request,
        Recipe recipe,
        Placed placed,
        IReadOnlyDictionary<string, Outcome<OfferTerms>> offers,
        DateTimeOffset from
    )
    {
        var lines = new List<PlannedLine>(placed.Roles.Count);
        for (int i = 0; i < placed.Roles.Count; i++)
        {
            RolePlacement placement = placed.Roles[i];
            RecipeRole role = recipe.Roles[i];
            RecipeVariant variant = role.Variants[placement.VariantIndex];
            var offer = offers[OfferOf(placement)];
            if (!offer.IsOk)
                return offer.Problem;
            TradeTerms terms = offer.Value.Terms;
            var price = Pricing.Estimate(terms, placement.CardMilli, from, request.Hours);
            lines.Add(
                new PlannedLine
                {
                    Terms = terms,
                    OfferTitle = offer.Value.Title,
                    SiteName = offer.Value.Site.Name,
                    OperatorName = offer.Value.OperatorName,
                    WhiteLabel = offer.Value.WhiteLabel,
                    CardMilli = placement.CardMilli,
                    Grants = [.. placement.Replicas.SelectMany(r => Grants(r, role.CpuMilli, role.HostMemoryMib))],
                    NetMicros = price.Net,
                    TaxMicros = price.Tax,
                    HoldMicros = price.Hold,
                    CommitmentMicros = price.CommitmentNet,
                    PricedFrom = from,
                    PricePerWork = placement.PricePerUnit / Money.MicrosPerUnit,
                    PolicyTier = placement.PolicyTier,
                    Workload = ToWorkload(role, variant, placement),
                }
            );
        }
        return new QuotePlan(lines, placed.Explanation) { Use = UseOf(request, recipe, placed) };
    }

    private static PlannedUse? UseOf(WorkloadRequest request, Recipe recipe, Placed placed)
    {
        bool data = recipe.Roles.Any(role => role.Data.Count > 0);
        bool work = request.WorkUnits is not null;
        if (!work && !data && placed.Edges.Count == 0)
            return null;
        return new PlannedUse
        {
            Work = recipe.Work ?? "",
            HoursNeeded = work ? placed.Hours : null,
            WorkCostMicros = work ? placed.TotalCost : null,
            TrafficPerHourMicros = placed.TrafficPerHour,
            DataMicros = data ? placed.DataPrice : null,
            Links =
            [
                .. placed.Edges.Zip(
                    recipe.Links,
                    (edge, link) => new PlannedLink(edge.From, edge.To, edge.RoundTripMs, link.MaxRoundTripMs, edge.TrafficPerHour)
                ),
            ],
        };
    }

    private static string OfferOf(RolePlacement placement) =>
        placement.OfferId ?? throw new InvalidOperationException("A market decision always names an offer.");

    private static WorkloadRole ToWorkload(RecipeRole role, RecipeVariant variant, RolePlacement placement) =>
        new()
        {
            Name = role.Name,
            Replicas = role.Replicas,
            Image = variant.Image,
            Command = role.Command,
            Environment = role.Environment,
            DeviceModel = placement.DeviceModel,
            CardsPerReplica = variant.Cards,
            // What was granted, rounded up to the vendor's units, is what the cluster is asked for.
            ComputeMilli = placement
                .Replicas.SelectMany(r => r.Devices)
                .Select(d => d.ComputeMilli)
                .DefaultIfEmpty(variant.ComputeMilli)
                .Max(),
            MemoryMibPerCard = placement.Replicas.SelectMany(r => r.Devices).Select(d => d.MemoryMib).DefaultIfEmpty(0).Max(),
            BilledCards = placement.CardMilli / 1000m / role.Replicas,
            CpuMilli = role.CpuMilli,
            HostMemoryMib = role.HostMemoryMib,
            Port = role.Port,
            Placements = [.. placement.Replicas.Select(r => Place(r, r.Ordinal))],
        };

    /// <summary>What a replica takes of the market: its processor and memory once, with its first device.</summary>
    /// <param name="cpuMilli">Processor time of the replica in 1/1000 core.</param>
    /// <param name="hostMemoryMib">Its memory of the node in MiB.</param>
    public static IEnumerable<CapacityGrant> Grants(ReplicaPlacement replica, int cpuMilli, int hostMemoryMib) =>
        replica.Devices.Count == 0
            ? [new CapacityGrant(replica.NodeId, null, 0, 0, cpuMilli, hostMemoryMib)]
            : replica.Devices.Select(
                (d, i) =>
                    new CapacityGrant(
                        replica.NodeId,
                        d.DeviceId,
                        d.ComputeMilli,
                        d.MemoryMib,
                        i == 0 ? cpuMilli : 0,
                        i == 0 ? hostMemoryMib : 0
                    )
            );

    /// <summary>Where a replica goes, under its number.</summary>
    public static ReplicaAssignment Place(ReplicaPlacement replica, int number) =>
        new(number, replica.NodeId, [.. replica.Devices.Select(d => d.DeviceId)]);

    public static long Micros(decimal price) => checked((long)decimal.Round(price * Money.MicrosPerUnit, 0, MidpointRounding.ToEven));
}
