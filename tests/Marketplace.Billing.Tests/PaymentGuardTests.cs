using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>What a payment is never changes, and its state follows the table: the database says so to the application and to its owner.</summary>
[Trait("Category", "Faults")]
public sealed class PaymentGuardTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const string Refused = "LG006";
    private const string Changed = "LG001";

    [Theory]
    [InlineData("amount = amount + 1")]
    [InlineData("currency = 'USD'")]
    [InlineData("party_id = 'org_other'")]
    [InlineData("idempotency_key = 'other'")]
    [InlineData("id = 'pay_other'")]
    [InlineData("purpose = 'Invoice', invoice_id = 'ivc_x'")]
    [InlineData("automatic = true")]
    [InlineData("provider = 'stripe'")]
    [InlineData("method = 'pm_x'")]
    [InlineData("created_at = now()")]
    [InlineData("provider_reference = 'pi_other'")]
    [InlineData("provider_reference = null")]
    [InlineData("fee = fee + 1")]
    [InlineData("state = 'Created'")]
    [InlineData("state = 'Failed'")]
    [InlineData("state = 'ChargedBack'")]
    public async Task A_paid_payment_stays_what_it_is(string change)
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        string sql = $"update billing.payment set {change} where party_id = '{customer}'";
        Assert.Equal(Refused, await StateAsync(() => house.AsApplicationAsync(sql)));
        Assert.Equal(Refused, await StateAsync(() => house.AsOwnerAsync(sql)));
    }

    [Fact]
    public async Task A_payment_begins_as_created_and_is_neither_deleted_nor_emptied()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        Assert.Equal(
            Refused,
            await StateAsync(() =>
                house.AsApplicationAsync(
                    """
                    insert into billing.payment (id, party_id, idempotency_key, amount, fee, currency, state, provider, created_at, updated_at)
                    values ('pay_made', 'p', 'k', 1, 0, 'CNY', 'Succeeded', 'local', now(), now())
                    """
                )
            )
        );
        Assert.Equal(Changed, await StateAsync(() => house.AsOwnerAsync($"delete from billing.payment where party_id = '{customer}'")));
        Assert.Equal(Changed, await StateAsync(() => house.AsOwnerAsync("truncate billing.payment cascade")));
    }

    [Fact]
    public async Task Every_pair_of_states_is_allowed_by_the_database_as_by_the_table()
    {
        await using var house = Over(db);
        foreach (PaymentState from in Enum.GetValues<PaymentState>())
        {
            foreach (PaymentState to in Enum.GetValues<PaymentState>())
                Assert.Equal(
                    PaymentStates.Payments.Allows(from, to),
                    await house.AsApplicationAsync(
                        string.Create(CultureInfo.InvariantCulture, $"select billing.payment_moves('{from}', '{to}')")
                    )
                );
        }
    }

    private static async Task<string?> StateAsync(Func<Task> act) => (await Assert.ThrowsAnyAsync<PostgresException>(act)).SqlState;
}
