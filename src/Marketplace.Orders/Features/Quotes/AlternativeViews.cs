using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>Other ways to buy the same, priced like the quote, each with what it costs more or less and why it was not chosen. Pure.</summary>
internal static class AlternativeViews
{
    /// <param name="terms">By contract class, the terms of everything the ways buy.</param>
    /// <param name="total">What the quote costs.</param>
    /// <param name="from">When the hours are taken to start.</param>
    public static IReadOnlyList<AlternativeView> Of(
        WorkloadRequest request,
        IReadOnlyList<OtherWay> ways,
        IReadOnlyDictionary<ContractClass, IReadOnlyDictionary<string, Outcome<OfferTerms>>> terms,
        Placed chosen,
        Money total,
        DateTimeOffset from
    )
    {
        var views = new List<AlternativeView>(ways.Count);
        foreach (OtherWay way in ways)
        {
            var offers = terms[way.Request.Class];
            var plan = Planner.Price(way.Request, way.Recipe, way.Placed, offers, from);
            if (!plan.IsOk)
                continue;
            PlannedLine first = plan.Value.Lines[0];
            Money price = RequestQuote.TotalOf(plan.Value, total.Currency.Code);
            SiteView site = offers[first.Terms.OfferId].Value.Site;
            var (reason, arguments) = Reason(request, way, chosen, site);
            views.Add(
                new AlternativeView(
                    way.Kind,
                    first.Terms.OfferId,
                    first.OfferTitle,
                    first.SiteName,
                    first.Workload.DeviceModel,
                    price,
                    price - total,
                    first.PricePerWork,
                    reason
                )
                {
                    ReasonCode = way.GivenUp,
                    ReasonArguments = arguments,
                    Region = site.Region,
                    Tier = site.Tier,
                    Class = way.Request.Class,
                    Speed = OtherWays.SpeedOf(way.Placed) / OtherWays.SpeedOf(chosen),
                    Request = way.Request,
                }
            );
        }
        return views;
    }

    private static (string English, IReadOnlyDictionary<string, string> Arguments) Reason(
        WorkloadRequest request,
        OtherWay way,
        Placed chosen,
        SiteView site
    )
    {
        string chip = way.Placed.Roles[0].DeviceModel ?? "CPU";
        string points = Points(way.Placed);
        return way.GivenUp switch
        {
            Wish.Offer => ("You asked for one offer, and this is another.", Arguments()),
            Wish.Chip => ($"It runs on {chip}, which you did not ask for.", Arguments(("chip", chip))),
            Wish.Place => (
                $"It is in {site.Region} ({site.Tier}), outside the places you asked for.",
                Arguments(("region", site.Region), ("tier", $"{site.Tier}"))
            ),
            Wish.Class => (
                $"It is sold as {way.Request.Class}; you asked for {request.Class}.",
                Arguments(("class", $"{way.Request.Class}"), ("asked", $"{request.Class}"))
            ),
            _ => (
                $"For {request.Objective}, what you asked for comes first; judged as {way.Kind}, it has {points} of 100 points.",
                Arguments(("objective", $"{request.Objective}"), ("points", points), ("chosen", Points(chosen)))
            ),
        };
    }

    private static string Points(Placed placed) => placed.Score.ToString("0", CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Arguments(params ReadOnlySpan<(string Name, string Value)> arguments)
    {
        var named = new Dictionary<string, string>(arguments.Length, StringComparer.Ordinal);
        foreach (var (name, value) in arguments)
            named.Add(name, value);
        return named;
    }
}
