using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Orders.Features.Reservations;

/// <summary>An offer's prepaid price becomes a reservation: the market says the terms, billing takes the money.</summary>
internal sealed class ReservationDesk(
    ActorContext actor,
    RequestQuote quotes,
    IOffers offers,
    IMarketCatalog catalog,
    IReservations reservations
) : IReservationDesk
{
    private const decimal MostCardHours = 1_000_000;
    private const int CardHourDecimals = 3;

    private sealed record Terms(OfferView Offer, TradeTerms Trade, PrepaidPrice Prepaid)
    {
        public decimal UnitPrice => Trade.RetailPerCardHour * Prepaid.Factor;
    }

    public async Task<Outcome<ReservationPrice>> PriceAsync(BuyReservation request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        var terms = await TermsAsync(request, ct);
        return terms.Map(t => PriceOf(t, request.CardHours));
    }

    public async Task<Outcome<ReservationView>> BuyAsync(BuyReservation request, string idempotencyKey, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        var customer = await quotes.CustomerAsync(ct);
        if (!customer.IsOk)
            return customer.Problem;
        var found = await TermsAsync(request, ct);
        if (!found.IsOk)
            return found.Problem;
        var (offer, trade, prepaid) = found.Value;
        string hours = request.CardHours.ToString("0.###", CultureInfo.InvariantCulture);
        return await reservations.BuyAsync(
            new ReservationPurchase(
                actor.Current.PartyId,
                trade.OperatorId,
                trade.CenterId,
                trade.OfferId,
                $"Card-hours of {offer.DeviceModel ?? "CPU"}, {offer.Site.Name}: {hours}",
                offer.DeviceModel,
                trade.Currency,
                request.CardHours,
                found.Value.UnitPrice,
                trade.WholesalePerCardHour,
                trade.CommissionRate,
                trade.TaxRate,
                trade.TaxJurisdiction,
                prepaid.Days
            ),
            idempotencyKey,
            ct
        );
    }

    private async Task<Outcome<Terms>> TermsAsync(BuyReservation request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.OfferId))
            return Problem.Invalid("/offerId", "Say which offer.", "Give the id of an offer with a prepaid price.");
        if (request.CardHours is <= 0 or > MostCardHours || decimal.Round(request.CardHours, CardHourDecimals) != request.CardHours)
            return Problem.Invalid(
                "/cardHours",
                "The card-hours are out of range or have too many decimals.",
                $"Give a number above 0 and at most {MostCardHours:0}, with at most {CardHourDecimals} decimals."
            );
        if (await offers.FindAsync(request.OfferId, ct) is not { } offer)
            return Problem.NotFound("offer", request.OfferId);
        if (offer.Plan?.Prepaid is not { } prepaid)
            return Problem.Conflict("not-prepaid", $"'{offer.Title}' is not sold ahead. Choose an offer with a prepaid price.");
        if (request.CardHours < prepaid.MinUnits)
            return Problem.Invalid(
                "/cardHours",
                $"'{offer.Title}' is sold ahead in card-hours from {prepaid.MinUnits} on.",
                $"Buy card-hours from {prepaid.MinUnits} on."
            );
        var trade = await catalog.TermsAsync(offer.Id, offer.Classes[0], ct);
        return trade.Map(t => new Terms(offer, t, prepaid));
    }

    private static ReservationPrice PriceOf(Terms terms, decimal cardHours)
    {
        Currency currency = Currency.Parse(terms.Trade.Currency);
        var price = PriceEstimate.Of(
            new ContractPrice(terms.UnitPrice, terms.Trade.WholesalePerCardHour, terms.Trade.CommissionRate, terms.Trade.TaxRate, null),
            cardHours,
            DateTimeOffset.UnixEpoch,
            hours: 1
        );
        return new ReservationPrice(
            terms.UnitPrice,
            terms.Trade.RetailPerCardHour,
            new Money(price.Net, currency),
            new Money(price.Tax, currency),
            new Money(price.Total, currency),
            terms.Prepaid.Days,
            terms.Prepaid.MinUnits
        );
    }
}
