using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;
using static Marketplace.Billing.Tests.PayoutSteps;

namespace Marketplace.Billing.Tests;

/// <summary>Payouts from what is payable to the bank's answer, on a database. Every house checks the books when it is left.</summary>
public sealed class PayoutTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private BillingHouse House(IPayoutProvider? provider = null, params (string Key, string Value)[] settings) =>
        Over(
            db,
            s =>
            {
                if (provider is not null)
                    s.AddSingleton(provider);
            },
            settings
        );

    [Fact]
    public async Task From_payable_to_the_bank_and_paid()
    {
        await using var house = House();
        string center = await EarnedAsync(house, 500.005m);
        Assert.True(await AccrueAsync(house) >= 1);
        PayoutView payout = await OnlyAsync(house, center);
        Assert.Equal((PayoutState.Eligible, Money(500), "center"), (payout.State, payout.Amount, payout.Role));
        Assert.Equal("Bank of Hohhot ···· 3000", payout.Destination);
        Ok(await ActAsync(house, payout.Id, PayoutAction.Approve));
        await SubmitAsync(house);
        Assert.Equal((500_000_000, 5_000), (await TransitAsync(house, payout), await house.BalanceAsync("center.payable:" + center)));
        Ok(await ActAsync(house, payout.Id, PayoutAction.MarkPaid, "B-1"));
        // The same again is the same; another reference is not.
        Ok(await ActAsync(house, payout.Id, PayoutAction.MarkPaid, "B-1"));
        Assert.Equal("payout-state", Refused(await ActAsync(house, payout.Id, PayoutAction.MarkPaid, "B-2")).Code);
        Assert.Equal("payout-state", Refused(await ActAsync(house, payout.Id, PayoutAction.MarkReturned, "no")).Code);
        PayoutBalance balance = Ok(await PayoutsAsync(house, Center(center), p => p.BalanceAsync("center", Cny, default)));
        Assert.Equal((Money(0.005m), Money(0), Money(500)), (balance.Payable, balance.OnItsWay, balance.Paid));
        Assert.Equal("minimum", balance.WaitsFor);
    }

    private static Task<long> TransitAsync(BillingHouse house, PayoutView payout) =>
        house.ActAsync<MarketplaceDbContext, long>(
            Actor.System,
            async d =>
                (
                    await d
                        .Database.SqlQuery<long>(
                            $"select l.amount as \"Value\" from billing.leg l join billing.journal j on j.id = l.journal_id where j.source = 'payout' and j.idem_key = {payout.Id}"
                        )
                        .ToListAsync()
                ).Single()
        );

    [Fact]
    public async Task A_returned_payout_is_payable_again_and_the_next_one_waits_for_the_desk()
    {
        await using var house = House();
        string center = await EarnedAsync(house, 500);
        PayoutView payout = await ApprovedAsync(house, center);
        await SubmitAsync(house);
        Assert.Equal("invalid-request", Refused(await ActAsync(house, payout.Id, PayoutAction.MarkReturned, " ")).Code);
        Ok(await ActAsync(house, payout.Id, PayoutAction.MarkReturned, "account closed"));
        Assert.Equal(500_000_000, await house.BalanceAsync("center.payable:" + center));
        await AccrueAsync(house);
        var list = (await PayoutsAsync(house, Center(center), p => p.ListAsync(new(), default))).Items;
        Assert.Equal([PayoutState.Held, PayoutState.Returned], list.Select(p => p.State));
        Assert.Equal(AccruePayouts.CameBack, list[0].Reason);
        Assert.Equal("account closed", list[1].Reason);
        // A new destination cools off; then the desk lets it go on.
        Ok(await PayoutsAsync(house, Center(center), p => p.SetDestinationAsync(Cny, Account with { BankName = "Other" }, default)));
        Assert.Equal("payout-not-eligible", Refused(await ActAsync(house, list[0].Id, PayoutAction.Release)).Code);
        house.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal("Other ···· 3000", Ok(await ActAsync(house, list[0].Id, PayoutAction.Release)).Destination);
    }

    [Fact]
    public async Task A_payout_waits_until_there_is_a_destination_it_has_cooled_off_and_the_minimum_is_reached()
    {
        await using var house = House();
        string center = await EarnedAsync(house, 99.99m, destination: false);
        await AccrueAsync(house);
        Assert.Equal(
            (PayoutState.Accrued, "destination"),
            ((await OnlyAsync(house, center)).State, (await OnlyAsync(house, center)).WaitsFor)
        );
        Ok(await PayoutsAsync(house, Center(center), p => p.SetDestinationAsync(Cny, Account, default)));
        await AccrueAsync(house);
        Assert.Equal("cooling-off", (await OnlyAsync(house, center)).WaitsFor);
        house.Time.Advance(TimeSpan.FromDays(3));
        await AccrueAsync(house);
        Assert.Equal("minimum", (await OnlyAsync(house, center)).WaitsFor);
        await house.PostAsync(
            new JournalDraft(
                "test",
                "test",
                house.NewId("k"),
                house.Now,
                null,
                "",
                [new(Chart.Psp(Cny), Chart.CenterPayable(center, Cny), 10_000)]
            )
        );
        await AccrueAsync(house);
        Assert.Equal((PayoutState.Eligible, Money(100)), ((await OnlyAsync(house, center)).State, (await OnlyAsync(house, center)).Amount));
        // The job again changes nothing.
        Assert.Equal(0, await AccrueAsync(house));
    }

    [Fact]
    public async Task Debts_and_holds_make_it_smaller_and_stop_what_was_approved()
    {
        await using var house = House();
        string center = await EarnedAsync(house, 1_000);
        string key = house.NewId("key");
        var hold = Ok(await PayoutsAsync(house, First, p => p.HoldBackAsync(center, "center", Money(200), "dispute 7", key, default)));
        Assert.Equal(
            hold,
            Ok(await PayoutsAsync(house, First, p => p.HoldBackAsync(center, "center", Money(200), "dispute 7", key, default)))
        );
        Assert.Equal(
            "idempotency-key-reused",
            Refused(await PayoutsAsync(house, First, p => p.HoldBackAsync(center, "center", Money(201), "dispute 7", key, default))).Code
        );
        // Given back after it was made payable: pending is below zero.
        await OweAsync(house, center, 100);
        PayoutView payout = await ApprovedAsync(house, center);
        Assert.Equal(Money(700), payout.Amount);
        await OweAsync(house, center, 50);
        await SubmitAsync(house);
        Assert.Equal(
            (PayoutState.Held, AccruePayouts.NoLongerCovered),
            ((await OnlyAsync(house, center)).State, (await OnlyAsync(house, center)).Reason)
        );
        Assert.Equal(1_000_000_000, await house.BalanceAsync("center.payable:" + center));
        Ok(await PayoutsAsync(house, First, p => p.ReleaseHoldAsync(hold.Id, default)));
        Assert.Equal(Money(850), Ok(await ActAsync(house, payout.Id, PayoutAction.Release)).Amount);
        PayoutBalance balance = Ok(await PayoutsAsync(house, Center(center), p => p.BalanceAsync("center", Cny, default)));
        Assert.Equal((Money(150), Money(0), Money(850)), (balance.Owed, balance.HeldBack, balance.NextAmount));
    }

    private static Task OweAsync(BillingHouse house, string center, decimal amount) =>
        house.PostAsync(
            new JournalDraft(
                "test",
                "test",
                house.NewId("k"),
                house.Now,
                null,
                "",
                [new(Chart.CenterPending(center, Cny), Chart.Psp(Cny), Money(amount).Micros)]
            )
        );

    [Fact]
    public async Task Above_the_limit_two_people_approve()
    {
        await using var house = House(null, ("PayoutTwoPersonAbove", "400"));
        string center = await EarnedAsync(house, 500);
        await AccrueAsync(house);
        PayoutView payout = await OnlyAsync(house, center);
        Assert.True(payout.TwoPerson);
        Assert.Equal("two-people-needed", Refused(await ActAsync(house, payout.Id, PayoutAction.Approve)).Code);
        Ok(await ActAsync(house, payout.Id, PayoutAction.Propose));
        Assert.Equal("payout-proposed", Refused(await ActAsync(house, payout.Id, PayoutAction.Propose, by: Second)).Code);
        Assert.Equal("two-people-needed", Refused(await ActAsync(house, payout.Id, PayoutAction.Approve)).Code);
        // The database refuses it too, whoever writes.
        await Assert.ThrowsAsync<PostgresException>(() =>
            house.AsOwnerAsync($"update billing.payout set state = 'Approved', approved_by = proposed_by where id = '{payout.Id}'")
        );
        Assert.Equal(PayoutState.Approved, Ok(await ActAsync(house, payout.Id, PayoutAction.Approve, by: Second)).State);
        // A hold after the approval asks for it anew.
        Ok(await ActAsync(house, payout.Id, PayoutAction.Hold, "look again"));
        PayoutView again = Ok(await ActAsync(house, payout.Id, PayoutAction.Release));
        Assert.Equal((PayoutState.Eligible, null, null), (again.State, again.ProposedBy, again.ApprovedBy));
    }

    [Fact]
    public async Task Two_workers_make_one_payout_and_pay_it_once()
    {
        var provider = new RecordingProvider();
        await using var house = House(provider);
        string center = await EarnedAsync(house, 500);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AccrueAsync(house)));
        PayoutView payout = await OnlyAsync(house, center);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ActAsync(house, payout.Id, PayoutAction.Approve)));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SubmitAsync(house)));
        Assert.Equal([payout.Id], provider.Submitted);
        Assert.Equal(PayoutState.Submitted, (await OnlyAsync(house, center)).State);
        Assert.Equal(0, await house.BalanceAsync("center.payable:" + center));
        // The same week makes no second one, the next week does.
        await house.PostAsync(
            new JournalDraft(
                "test",
                "test",
                house.NewId("k"),
                house.Now,
                null,
                "",
                [new(Chart.Psp(Cny), Chart.CenterPayable(center, Cny), Money(300).Micros)]
            )
        );
        await AccrueAsync(house);
        await OnlyAsync(house, center);
        house.Time.Advance(TimeSpan.FromDays(7));
        await AccrueAsync(house);
        Assert.Equal(2, (await PayoutsAsync(house, Center(center), p => p.ListAsync(new(), default))).Items.Count);
    }

    [Fact]
    public async Task A_lost_answer_is_looked_up_before_anything_is_sent_again()
    {
        var provider = new RecordingProvider { Fails = 1, Knows = true };
        await using var house = House(provider);
        string center = await EarnedAsync(house, 500);
        PayoutView payout = await ApprovedAsync(house, center);
        await Assert.ThrowsAsync<AggregateException>(() => SubmitAsync(house));
        // The intent is committed with its posting; nobody asks while it may still be under way.
        Assert.Equal(0, await house.BalanceAsync("center.payable:" + center));
        Assert.Equal(0, await SubmitAsync(house));
        house.Time.Advance(SubmitPayouts.Patience);
        provider.State = PayoutState.Paid;
        Assert.Equal(1, await SubmitAsync(house));
        Assert.Equal([payout.Id], provider.Submitted);
        Assert.Equal([payout.Id], provider.LookedUp);
        Assert.Equal(PayoutState.Paid, (await OnlyAsync(house, center)).State);
    }

    [Fact]
    public async Task What_the_provider_never_heard_of_is_sent_again_under_the_same_key_and_may_come_back()
    {
        var provider = new RecordingProvider { Fails = 1, Knows = false };
        await using var house = House(provider);
        string center = await EarnedAsync(house, 500);
        PayoutView payout = await ApprovedAsync(house, center);
        await Assert.ThrowsAsync<AggregateException>(() => SubmitAsync(house));
        house.Time.Advance(SubmitPayouts.Patience);
        provider.State = PayoutState.Returned;
        await SubmitAsync(house);
        Assert.Equal([payout.Id, payout.Id], provider.Submitted);
        Assert.Equal(500_000_000, await house.BalanceAsync("center.payable:" + center));
        Assert.Equal("payout-state", Refused(await ActAsync(house, payout.Id, PayoutAction.MarkPaid, "B-1")).Code);
    }

    [Fact]
    public async Task Only_owners_say_where_to_and_the_account_is_encrypted_masked_and_audited()
    {
        await using var house = House();
        string center = house.NewParty();
        foreach (
            Actor other in new[]
            {
                Center(center) with
                {
                    Role = MemberRole.Admin,
                },
                Center(center) with
                {
                    CredentialId = "key_1",
                },
                Customer(center),
                Desk,
            }
        )
            Assert.Equal("forbidden", Refused(await PayoutsAsync(house, other, p => p.SetDestinationAsync(Cny, Account, default))).Code);
        PayoutDestinationView set = Ok(await PayoutsAsync(house, Center(center), p => p.SetDestinationAsync(Cny, Account, default)));
        Assert.Equal(house.Now.AddDays(3), set.UsableFrom);
        // The same again changes nothing: the time does not begin anew.
        house.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(set, Ok(await PayoutsAsync(house, Center(center), p => p.SetDestinationAsync(Cny, Account, default))));
        string row = (string)
            (await house.AsApplicationAsync($"select row_to_json(d)::text from billing.payout_destination d where id = '{set.Id}'"))!;
        Assert.DoesNotContain("0532013000", row, StringComparison.Ordinal);
        Assert.DoesNotContain("Green Compute", row, StringComparison.Ordinal);
        Assert.Equal(
            1L,
            await house.AsApplicationAsync(
                $"select count(*) from platform.audit_event where action = 'payout.destination-changed' and target_id = '{center}' and detail = 'CNY Bank of Hohhot ···· 3000'"
            )
        );
        Assert.Equal(
            1L,
            await house.AsApplicationAsync(
                $"select count(*) from platform.outbox_message where type = 'billing.payout-destination-changed.v1' and key = '{center}'"
            )
        );
        Assert.Null(await PayoutsAsync(house, Center(house.NewParty()), p => p.DestinationAsync(Cny, default)));
    }

    [Fact]
    public async Task A_file_holds_each_payout_once_and_other_parties_see_none_of_it()
    {
        await using var house = House();
        string[] centers = [await EarnedAsync(house, 500), await EarnedAsync(house, 300)];
        await AccrueAsync(house);
        foreach (string center in centers)
            Ok(await ActAsync(house, (await OnlyAsync(house, center)).Id, PayoutAction.Approve));
        await SubmitAsync(house);
        string key = house.NewId("key");
        var files = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => PayoutsAsync(house, First, p => p.MakeFileAsync(Cny, key, default)))
        );
        PayoutFileView file = Assert.Single(files.Select(Ok).Distinct());
        string csv = await DownloadAsync(house, file.Id);
        foreach (string center in centers)
            Assert.Contains((await OnlyAsync(house, center)).Id, csv, StringComparison.Ordinal);
        Assert.Contains("DE89370400440532013000", csv, StringComparison.Ordinal);
        Assert.Equal(
            "nothing-to-pay",
            Refused(await PayoutsAsync(house, First, p => p.MakeFileAsync(Cny, house.NewId("k"), default))).Code
        );
        Assert.Equal(
            "payout-debtor-missing",
            Refused(await PayoutsAsync(house, First, p => p.DownloadAsync(file.Id, "pain.001", default))).Code
        );
        Assert.Equal("invalid-request", Refused(await PayoutsAsync(house, First, p => p.DownloadAsync(file.Id, "xls", default))).Code);
        Actor stranger = Center(house.NewParty());
        string id = (await OnlyAsync(house, centers[0])).Id;
        Assert.Null(await PayoutsAsync(house, stranger, p => p.FindAsync(id, default)));
        Assert.Empty((await PayoutsAsync(house, stranger, p => p.ListAsync(new() { PartyId = centers[0] }, default))).Items);
        Assert.Equal("forbidden", Refused(await PayoutsAsync(house, stranger, p => p.DownloadAsync(file.Id, "csv", default))).Code);
        Assert.Equal("forbidden", Refused(await PayoutsAsync(house, stranger, p => p.MakeFileAsync(Cny, "k", default))).Code);
        Assert.Equal("forbidden", Refused(await PayoutsAsync(house, stranger, p => p.HoldsAsync(default))).Code);
        foreach (PayoutAction action in Enum.GetValues<PayoutAction>())
            Assert.Equal("forbidden", Refused(await ActAsync(house, id, action, "text", Center(centers[0]))).Code);
    }

    private static async Task<string> DownloadAsync(BillingHouse house, string fileId)
    {
        var file = Ok(await PayoutsAsync(house, First, p => p.DownloadAsync(fileId, "csv", default)));
        using var stream = new MemoryStream();
        await file.WriteAsync(stream, default);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public async Task The_database_moves_a_payout_as_the_table_says_and_no_other_way()
    {
        await using var house = House();
        foreach (PayoutState from in Enum.GetValues<PayoutState>())
        {
            foreach (PayoutState to in Enum.GetValues<PayoutState>())
                Assert.Equal(
                    PayoutRule.States.Allows(from, to),
                    await house.AsApplicationAsync($"select billing.payout_moves('{from}', '{to}')")
                );
        }
        string center = await EarnedAsync(house, 500);
        PayoutView payout = await ApprovedAsync(house, center);
        await RefusedAsync(house, $"update billing.payout set state = 'Paid', finished_at = now() where id = '{payout.Id}'");
        await RefusedAsync(house, $"update billing.payout set amount = amount + 1 where id = '{payout.Id}'");
        await RefusedAsync(house, $"delete from billing.payout where id = '{payout.Id}'");
        await RefusedAsync(house, $"update billing.payout_destination set mask = 'x' where party_id = '{center}'");
        await SubmitAsync(house);
        Ok(await ActAsync(house, payout.Id, PayoutAction.MarkPaid, "B-1"));
        await RefusedAsync(house, $"update billing.payout set bank_reference = 'B-2' where id = '{payout.Id}'");
        await RefusedAsync(
            house,
            $"insert into billing.payout (id, party_id, role, currency, amount, state, due_on, created_at, updated_at) values ('p', 'p', 'center', 'CNY', 1, 'Eligible', '2030-01-01', now(), now())"
        );
    }

    private static Task RefusedAsync(BillingHouse house, string sql) =>
        Assert.ThrowsAsync<PostgresException>(() => house.AsOwnerAsync(sql));
}
