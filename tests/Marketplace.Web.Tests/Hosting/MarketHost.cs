using System.Collections.Concurrent;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Web.Tests.Hosting;

/// <summary>
/// A host with a small market: eight H100 in a cloud site of the north, eight L40S at an edge site of the east, 30 ms apart, and a bundle
/// whose two roles call each other over that distance.
/// </summary>
public sealed class MarketHost : PortalHost, IAsyncLifetime
{
    public const string Cloud = "H100-80G";
    public const string Edge = "L40S";

    private static readonly Actor Desk = new("org_desk", PartyKinds.Platform, MemberRole.Owner);
    private readonly Inventories inventories = new();

    public string BundleId { get; private set; } = "";

    protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
        [
            new("Market:RoundTripMs:cn-east-1/cn-north-1", "30"),
            new("Market:EgressPerGib:cn-east-1/cn-north-1:Price", "0.5"),
            new("Market:EgressPerGib:cn-east-1/cn-north-1:Currency", "CNY"),
        ];

    protected override void AddMore(IServiceCollection services) => services.AddSingleton<IInventories>(inventories);

    async Task IAsyncLifetime.InitializeAsync()
    {
        await base.InitializeAsync();
        Actor center = await TraderAsync("Hall One", PartyKinds.Center);
        Actor seller = await TraderAsync("Light Cloud", PartyKinds.Operator);
        await SellAsync(center, seller, Cloud, 10m, "cn-north-1", SiteTier.Cloud);
        await SellAsync(center, seller, Edge, 1m, "cn-east-1", SiteTier.Edge);
        BundleId = Must(await ActAsync<IBundles, Outcome<BundleView>>(seller, b => b.CreateAsync(Inspection, default))).Id;
        Must(await ActAsync<IBundles, Outcome<BundleView>>(seller, b => b.ChangeStateAsync(BundleId, BundleState.Published, default)));
    }

    private static SaveBundle Inspection =>
        new(
            "Inspection",
            "",
            "Manufacturing",
            new BundleRecipe
            {
                Product = "Job",
                Roles =
                [
                    new BundleRole
                    {
                        Name = "camera",
                        Replicas = "1",
                        Tiers = [SiteTier.Edge],
                        Variants = [new BundleVariant(Edge, "demo/camera:1", 1)],
                    },
                    new BundleRole
                    {
                        Name = "judge",
                        Replicas = "1",
                        Variants = [new BundleVariant(Cloud, "demo/judge:1", 1)],
                    },
                ],
                Links = [new BundleLink("camera", "judge", 10, 1024 * 1024, 40)],
            }
        );

    private async Task<Actor> TraderAsync(string name, PartyKinds kinds)
    {
        PartyView party = await PartyAsync(name, kinds);
        if (party.State == PartyState.Pending)
            Must(await ActAsync<IParties, Outcome<PartyView>>(Desk, p => p.DecideAsync(party.Id, PartyState.Approved, "", default)));
        return new Actor(party.Id, kinds, MemberRole.Owner) { Name = name };
    }

    private async Task SellAsync(Actor center, Actor seller, string model, decimal wholesale, string region, SiteTier tier)
    {
        SiteView site = Must(
            await ActAsync<ISupply, Outcome<SiteView>>(
                center,
                s => s.CreateSiteAsync(new CreateSite($"Hall {region}", "机房", region, "CN", tier, 40, 116), default)
            )
        );
        string cluster = $"cls_{site.Id}";
        await using (
            var connect = Database.CreateCommand(
                """
                insert into provisioning.cluster(id, party_id, site_id, name, encrypted_kubeconfig, server, state, created_at, inventory_version)
                values ($1, $2, $3, $1, '', 'https://127.0.0.1', 'Connected', now(), 1)
                """
            )
        )
        {
            foreach (string value in new[] { cluster, center.PartyId, site.Id })
                connect.Parameters.Add(new NpgsqlParameter { Value = value });
            await connect.ExecuteNonQueryAsync();
        }
        inventories.Put(cluster, site.Id, model, Time.GetUtcNow());
        ListingView listing = Must(
            await ActAsync<ISupply, Outcome<ListingView>>(
                center,
                s =>
                    s.CreateListingAsync(
                        new CreateListing
                        {
                            ClusterId = cluster,
                            DeviceModel = model,
                            Title = model,
                            Cards = Inventories.Cards,
                            PricePerCardHour = wholesale,
                            Currency = "CNY",
                            Classes = [ContractClass.OnDemand],
                        },
                        default
                    )
            )
        );
        Must(await ActAsync<ISupply, Outcome<ListingView>>(center, s => s.ChangeStateAsync(listing.Id, ListingState.Live, default)));
        Must(await ActAsync<IResale, Outcome<AuthorizationView>>(center, r => r.GrantAsync(listing.Id, seller.PartyId, 0, 1, default)));
        OfferView offer = Must(
            await ActAsync<IOffers, Outcome<OfferView>>(
                seller,
                o => o.CreateAsync(new CreateOffer(listing.Id, model, 0.25m, [ContractClass.OnDemand]), default)
            )
        );
        Must(await ActAsync<IOffers, Outcome<OfferView>>(seller, o => o.ChangeStateAsync(offer.Id, OfferState.OnSale, default)));
    }

    /// <summary>One node of eight cards per cluster.</summary>
    private sealed class Inventories : IInventories
    {
        public const int Cards = 8;
        private readonly ConcurrentDictionary<string, ClusterInventoryView> all = new(StringComparer.Ordinal);

        public ValueTask<ClusterInventoryView?> FindAsync(string clusterId, CancellationToken ct) =>
            ValueTask.FromResult(all.GetValueOrDefault(clusterId));

        public void Put(string clusterId, string siteId, string model, DateTimeOffset at)
        {
            var node = new Node
            {
                Id = $"{clusterId}/n0",
                ClusterId = clusterId,
                Architecture = CpuArchitecture.X64,
                CpuMilli = 96_000,
                MemoryMib = 1_000_000,
                FreeCpuMilli = 96_000,
                FreeMemoryMib = 1_000_000,
                Devices =
                [
                    .. Enumerable
                        .Range(0, Cards)
                        .Select(d => new Device
                        {
                            Id = $"d{d}",
                            Vendor = "NVIDIA",
                            Model = model,
                            Stack = "CUDA",
                            MemoryMib = 46_068,
                            FreeComputeMilli = 1000,
                            FreeMemoryMib = 46_068,
                            Sharing = new WholeOnly(),
                        }),
                ],
            };
            all[clusterId] = new ClusterInventoryView(clusterId, siteId, ClusterState.Connected, 1, [node], [], at);
        }
    }
}
