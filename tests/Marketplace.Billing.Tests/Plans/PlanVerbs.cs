using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>What the tests of plans and reservations say often.</summary>
internal static class PlanVerbs
{
    public static async Task<ContractBilling> ProvenAsync(BillingHouse house, ContractTerms terms)
    {
        var billing = await BillingAsync(house, terms);
        Assert.True(billing.Proof.Holds, $"{billing.Proof}");
        return billing;
    }

    public static async Task<ContractBilling> BillingAsync(BillingHouse house, ContractTerms terms) =>
        (await house.RatingAsync(Customer(terms.CustomerId), r => r.BillingAsync(terms.ContractId, null, default)))!;

    public static Task<ContractCost> SettleAsync(BillingHouse house, ContractTerms terms) =>
        house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));

    public static ReservationPurchase Purchase(ContractTerms terms, decimal cardHours) =>
        new(
            terms.CustomerId,
            terms.OperatorId,
            terms.CenterId,
            "ofr_1",
            "Card-hours",
            terms.DeviceModel,
            terms.Currency,
            cardHours,
            UnitPrice: 7,
            WholesalePerCardHour: 6,
            terms.CommissionRate,
            terms.TaxRate,
            terms.TaxJurisdiction,
            Days: 30
        );

    public static async Task<ReservationView> BoughtAsync(BillingHouse house, ContractTerms terms, decimal cardHours)
    {
        await house.TopUpAsync(terms.CustomerId, 500);
        return Ok(await BuyAsync(house, Purchase(terms, cardHours), house.NewId("key")));
    }

    public static Task<Outcome<ReservationView>> BuyAsync(BillingHouse house, ReservationPurchase purchase, string key) =>
        house.ActAsync<IReservations, Outcome<ReservationView>>(Customer(purchase.CustomerId), r => r.BuyAsync(purchase, key, default));

    public static Task<ReservationView?> FindAsync(BillingHouse house, Actor actor, string id) =>
        house.ActAsync<IReservations, ReservationView?>(actor, r => r.FindAsync(id, default));
}
