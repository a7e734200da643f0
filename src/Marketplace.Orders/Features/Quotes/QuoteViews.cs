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
        )
        {
            ProjectId = quote.ProjectId,
            Held = new Money(quote.Plan.Lines.Sum(l => l.Held().Micros), currency),
            WorkPlan = WorkPlanOf(quote, currency),
            Links = [.. (quote.Plan.Use?.Links ?? []).Select(l => LinkOf(l, quote.Plan, currency))],
            TrafficPerHour = quote.Plan.Use is { Links.Count: > 0 } use ? Micros(use.TrafficPerHourMicros, currency) : null,
            DataCost = quote.Plan.Use?.DataMicros is { } data ? Micros(data, currency) : null,
        };
    }

    private static WorkPlanView? WorkPlanOf(Quote quote, Currency currency) =>
        quote is { Request.WorkUnits: { } units, Plan.Use: { } use }
            ? new WorkPlanView(
                units,
                use.Work,
                use.HoursNeeded,
                quote.Request.DeadlineHours,
                use.HoursNeeded is { } hours ? hours <= (double)quote.Request.Hours : null,
                use.WorkCostMicros is { } cost ? Micros(cost, currency) : null
            )
            : null;

    private static LinkView LinkOf(PlannedLink link, QuotePlan plan, Currency currency) =>
        new(
            link.From,
            link.To,
            SiteOf(plan, link.From),
            SiteOf(plan, link.To),
            link.RoundTripMs,
            link.MaxRoundTripMs,
            Micros(link.TrafficPerHourMicros, currency)
        );

    private static string SiteOf(QuotePlan plan, string role) => plan.Lines.First(l => l.Workload.Name == role).SiteName;

    private static Money Micros(decimal micros, Currency currency) => new(checked((long)decimal.Ceiling(micros)), currency);

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
        )
        {
            PolicyTier = line.PolicyTier,
            Plan = Pricing.ContractPlan(line.Terms),
            Commitment = line.CommitmentMicros > 0 ? new Money(line.CommitmentMicros, currency) : null,
        };
}
