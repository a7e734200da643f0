using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Bench;

/// <summary>The three parties of a small market.</summary>
internal sealed record MarketParties(Actor Center, Actor Seller, Actor Customer);

/// <summary>Fills a market as its parties would, through the rooms' contracts.</summary>
internal static class MarketFill
{
    private static readonly ContractClass[] Classes = [ContractClass.OnDemand];

    /// <summary>Center, operator and customer, approved, the customer with credit.</summary>
    public static async Task<MarketParties> PartiesAsync(IServiceScopeFactory scopes, CancellationToken ct)
    {
        var parties = new MarketParties(
            await PartyAsync(scopes, "Bench center", PartyKinds.Center, ct),
            await PartyAsync(scopes, "Bench operator", PartyKinds.Operator, ct),
            await PartyAsync(scopes, "Bench customer", PartyKinds.Customer, ct)
        );
        Value(
            await scopes.ActAsync<IPayments, Outcome<PaymentView>>(
                parties.Customer,
                p => p.TopUpAsync(Money.From(10_000_000, Currency.Cny), "bench", ct)
            )
        );
        return parties;
    }

    public static async Task<SiteView> SiteAsync(
        IServiceScopeFactory scopes,
        Actor center,
        CancellationToken ct,
        string region = "bench"
    ) =>
        Value(
            await scopes.ActAsync<ISupply, Outcome<SiteView>>(
                center,
                s => s.CreateSiteAsync(new CreateSite("Bench", "基准", region, "CN", SiteTier.Cloud, 31, 121), ct)
            )
        );

    /// <summary>Lists a cluster's cards of one model and puts them on sale.</summary>
    public static async Task SellAsync(
        IServiceScopeFactory scopes,
        MarketParties parties,
        string clusterId,
        string model,
        int cards,
        CancellationToken ct,
        decimal price = 1
    )
    {
        var listing = Value(
            await scopes.ActAsync<ISupply, Outcome<ListingView>>(
                parties.Center,
                s =>
                    s.CreateListingAsync(
                        new CreateListing
                        {
                            ClusterId = clusterId,
                            DeviceModel = model,
                            Title = model,
                            Cards = cards,
                            PricePerCardHour = price,
                            Currency = "CNY",
                            Classes = Classes,
                        },
                        ct
                    )
            )
        );
        if (listing.State == ListingState.Draft)
            Value(
                await scopes.ActAsync<ISupply, Outcome<ListingView>>(
                    parties.Center,
                    s => s.ChangeStateAsync(listing.Id, ListingState.Live, ct)
                )
            );
        Value(
            await scopes.ActAsync<IResale, Outcome<AuthorizationView>>(
                parties.Center,
                r => r.GrantAsync(listing.Id, parties.Seller.PartyId, 0, 1, ct)
            )
        );
        var offer = Value(
            await scopes.ActAsync<IOffers, Outcome<OfferView>>(
                parties.Seller,
                o => o.CreateAsync(new CreateOffer(listing.Id, model, 0.2m, Classes), ct)
            )
        );
        if (offer.State == OfferState.Draft)
            Value(
                await scopes.ActAsync<IOffers, Outcome<OfferView>>(parties.Seller, o => o.ChangeStateAsync(offer.Id, OfferState.OnSale, ct))
            );
    }

    public static T Value<T>(Outcome<T> outcome) => outcome.IsOk ? outcome.Value : throw new BenchmarkException(outcome.Problem.Detail);

    private static async Task<Actor> PartyAsync(IServiceScopeFactory scopes, string name, PartyKinds kinds, CancellationToken ct)
    {
        var party = Value(
            await scopes.ActAsync<IParties, Outcome<PartyView>>(
                Actor.System,
                p => p.RegisterAsync(new RegisterParty(name, kinds, "CN", "CNY"), ct)
            )
        );
        if (party.State == PartyState.Pending)
            Value(
                await scopes.ActAsync<IParties, Outcome<PartyView>>(
                    Actor.System,
                    p => p.DecideAsync(party.Id, PartyState.Approved, "benchmark", ct)
                )
            );
        return new Actor(party.Id, kinds, MemberRole.Owner) { Name = name };
    }
}
