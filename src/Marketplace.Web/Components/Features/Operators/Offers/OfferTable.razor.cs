using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Operators.Offers;

/// <summary>The offers with their price, what they sold, and how the price divides.</summary>
public sealed partial class OfferTable
{
    [Parameter, EditorRequired]
    public OperatorTrade Trade { get; set; } = default!;

    private OperatorTrade Book => Trade;

    private Money SoldBy(OfferView offer) =>
        Book.Sum(Book.Contracts.Where(c => c.OfferId == offer.Id).Select(c => (Money?)Book.RetailOf(c)));

    private IReadOnlyList<double> OrdersOf(OfferView offer)
    {
        double[] days = new double[(int)(Book.To - Book.From).TotalDays];
        foreach (var contract in Book.Contracts.Where(c => c.OfferId == offer.Id && c.CreatedAt >= Book.From && c.CreatedAt < Book.To))
            days[Math.Min(days.Length - 1, (int)(contract.CreatedAt - Book.From).TotalDays)]++;
        return days;
    }

    private string Spoken(PriceSplit split, string currency) =>
        $"{T["Legend.Wholesale"]} {MoneyDisplay.Format(split.Wholesale, currency)}, {T["Legend.You"]} {MoneyDisplay.Format(split.Operator, currency)}, {T["Legend.Platform"]} {MoneyDisplay.Format(split.Commission, currency)}";

    private static Tone ToneOf(OfferState state) =>
        state switch
        {
            OfferState.OnSale => Tone.Running,
            OfferState.Paused => Tone.Waiting,
            _ => Tone.Ended,
        };
}
