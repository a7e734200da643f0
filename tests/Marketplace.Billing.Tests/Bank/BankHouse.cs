using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Bank;

/// <summary>A marketplace without cards, and what its desk does with the bank.</summary>
internal static class BankHouse
{
    public const string OurAccount = "DE89370400440532013000";

    public static BillingHouse Open(PostgresFixture db, params ReadOnlySpan<(string, string)> more) =>
        Over(
            db,
            settings:
            [
                ("BankTransfer:BookAtOnce", "false"),
                ("BankTransfer:AccountHolder", "Compute Network Ltd."),
                ("BankTransfer:AccountNumber", "DE89 3704 0044 0532 0130 00"),
                ("LocalPaymentFeeRate", "0"),
                .. more,
            ]
        );

    public static Task<T> BankAsync<T>(this BillingHouse house, Actor actor, Func<IBankStatements, Task<T>> use) =>
        house.ActAsync(actor, use);

    public static Task<Outcome<BankImport>> ImportAsync(this BillingHouse house, object file) =>
        house.BankAsync(Desk, b => b.ImportAsync($"{file}", default));

    public static async Task<PaymentView> AskAsync(this BillingHouse house, string customer, decimal amount) =>
        Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(amount), house.NewId("key"), default)));

    /// <summary>The entry with this reference.</summary>
    public static async Task<BankEntryView> EntryAsync(this BillingHouse house, string reference) =>
        Assert.Single(Ok(await house.BankAsync(Desk, b => b.EntriesAsync(new() { Search = reference }, default))).Items);

    /// <summary>Credit by transfer, booked.</summary>
    public static async Task<PaymentView> PaidInAsync(this BillingHouse house, string customer, decimal amount)
    {
        string key = house.NewId("in");
        return Ok(
            await house.ActAsync<ITransfers, Outcome<PaymentView>>(Desk, t => t.RecordAsync(customer, Money(amount), key, key, default))
        );
    }

    public static async Task<RefundView> AskBackAsync(this BillingHouse house, PaymentView payment, decimal amount) =>
        Ok(
            await house.ActAsync<IRefunds, Outcome<RefundView>>(
                Customer(payment.PartyId),
                r => r.RequestAsync(new RefundRequest(payment.Id, amount, "Not needed"), house.NewId("key"), default)
            )
        );

    public static async Task<RefundView> RefundAsync(this BillingHouse house, string refund) =>
        (await house.ActAsync<IRefunds, RefundView?>(Desk, r => r.FindAsync(refund, default)))!;
}
