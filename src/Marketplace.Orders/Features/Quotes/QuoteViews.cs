using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Monetary;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>The quote as its customer sees it.</summary>
internal sealed class QuoteViews(IMarketCatalog catalog, TimeProvider time)
{
    private const decimal HoursPerMonth = 730;

    public QuoteView Of(Quote quote)
    {
        Currency currency = Currency.Parse(quote.Currency);
        decimal perHour = quote.Plan.Lines.Sum(l => Pricing.PerHour(l.Terms, l.CardMilli));
        WorkView? work = catalog.Works.FirstOrDefault(w => w.Key == quote.Request.Work);
        // The sweep may not have run yet: time decides, not the row.
        bool lapsed = quote.State == QuoteState.Issued && quote.ExpiresAt <= time.GetUtcNow();
        return new QuoteView(
            quote.Id,
            quote.PartyId,
            lapsed ? QuoteState.Expired : quote.State,
            quote.Request,
            [.. quote.Plan.Lines.Select(l => LineOf(l, quote.Request.Hours, currency))],
            currency,
            new Money(quote.NetMicros, currency),
            new Money(quote.TaxMicros, currency),
            quote.Plan.Lines[0].Terms.TaxRate,
            new Money(checked(quote.NetMicros + quote.TaxMicros), currency),
            Money.From(perHour, currency),
            Money.From(perHour * HoursPerMonth, currency),
            quote.Plan.Lines.Count == 1 && quote.Plan.Lines[0].PricePerWork is { } price ? price * (work?.PerUnits ?? 1) : null,
            work?.Title,
            quote.Plan.Explanation,
            quote.Alternatives,
            quote.OrderId,
            quote.CreatedAt,
            quote.ExpiresAt
        );
    }

    private static QuoteLineView LineOf(PlannedLine line, decimal hours, Currency currency) =>
        new(
            line.Workload.Name,
            line.Terms.OfferId,
            line.OfferTitle,
            line.SiteName,
            line.OperatorName,
            line.Workload.DeviceModel,
            line.Workload.Image,
            line.Workload.Replicas,
            line.Cards,
            line.Cards * hours,
            line.Terms.RetailPerCardHour,
            new Money(line.NetMicros, currency)
        );
}
