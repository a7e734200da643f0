using Marketplace.Billing.Contracts;
using Marketplace.Billing.Tests;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests.Load;

/// <summary>Sends the requests of a plan to the product. Returning is the acknowledgement; sending one again must change nothing.</summary>
internal sealed class MoneyActs(BillingHouse house, MoneyPlan plan)
{
    /// <summary>Customers with credit, and contracts with holds.</summary>
    public async Task PrepareAsync()
    {
        foreach (string customer in plan.Customers)
            Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Cents(MoneyPlan.FirstTopUp), "first", default)));
        foreach (ContractTerms terms in plan.Contracts)
            Ok(await HoldAsync(terms.CustomerId, terms.HoldReference, MoneyPlan.FirstHold));
        await house.RatingAsync(
            Actor.System,
            async r =>
            {
                await r.RegisterManyAsync(plan.Contracts, default);
                return 0;
            }
        );
    }

    public async Task SendAsync(MoneyOp op)
    {
        string customer = plan.Customers[op.Customer];
        switch (op.Act)
        {
            case MoneyAct.TopUp:
                var payment = Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Cents(op.Cents), op.Key, default)));
                Assert.Equal(PaymentState.Succeeded, payment.State);
                break;
            case MoneyAct.Grant:
                Ok(await house.PaymentsAsync(Desk, p => p.GrantAsync(customer, Cents(op.Cents), "spring", op.Key, default)));
                break;
            case MoneyAct.Hold:
                Ok(await HoldAsync(customer, op.HoldReference, op.Cents));
                break;
            case MoneyAct.Grow:
                Ok(await house.LedgerAsync(Customer(customer), l => l.GrowHoldAsync(plan.Grower(op), Cents(op.Cents), op.Key, default)));
                break;
            case MoneyAct.Release:
                await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync(op.HoldReference, default));
                break;
            case MoneyAct.Charge:
                await house.RecordAsync([.. plan.Readings(op)]);
                break;
            default:
                throw new InvalidOperationException($"{op.Act} is not an act.");
        }
    }

    private Task<Platform.Outcomes.Outcome<HoldView>> HoldAsync(string customer, string reference, long cents) =>
        house.LedgerAsync(Customer(customer), l => l.HoldAsync(reference, customer, Cents(cents), null, default));

    private static Money Cents(long cents) => new(cents * 10_000, Cny);
}
