using Marketplace.Billing.Contracts;
using Marketplace.Billing.Credits;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Vouchers, grants that end and service credits on a database. Every house checks the books when it is left.</summary>
public sealed class CreditTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static Task<T> VouchersAsync<T>(BillingHouse house, Actor actor, Func<IVouchers, Task<T>> use) => house.ActAsync(actor, use);

    private static CampaignRequest Campaign(BillingHouse house) =>
        new(house.NewId("campaign"), "CNY", 50, house.Now.AddDays(-1), house.Now.AddDays(30), 1, 100, 1, 0, false, 10);

    private static async Task<NewCampaign> MadeAsync(BillingHouse house, Func<CampaignRequest, CampaignRequest>? with = null) =>
        Ok(await VouchersAsync(house, Desk, v => v.CreateAsync((with ?? (c => c))(Campaign(house)), default)));

    private static Task<Outcome<RedemptionView>> RedeemAsync(BillingHouse house, string party, string code, string? key = null) =>
        VouchersAsync(house, Customer(party), v => v.RedeemAsync(code, key ?? house.NewId("key"), default));

    private static Task<IReadOnlyList<GrantView>> GrantsAsync(BillingHouse house, string party) =>
        VouchersAsync(house, Customer(party), v => v.GrantsAsync(Cny, default));

    private static Task<int> ExpireAsync(BillingHouse house) => house.ActAsync<Grants, int>(Actor.System, g => g.ExpireAsync(default));

    [Fact]
    public async Task A_code_is_redeemed_once_per_key_and_shown_with_its_end()
    {
        await using var house = Over(db);
        NewCampaign made = await MadeAsync(house);
        string code = Assert.Single(made.Codes);
        string party = house.NewParty();
        string key = house.NewId("key");
        RedemptionView first = Ok(await RedeemAsync(house, party, code.ToLowerInvariant(), key));
        Assert.Equal(first, Ok(await RedeemAsync(house, party, code, key)));
        Assert.Equal((Money(50), house.Now.AddDays(10)), (first.Amount, first.ExpiresAt));
        Assert.Equal("idempotency-key-reused", Refused(await RedeemAsync(house, party, "other", key)).Code);
        Assert.Equal("voucher-used", Refused(await RedeemAsync(house, party, code)).Code);
        GrantView grant = Assert.Single(await GrantsAsync(house, party));
        Assert.Equal(
            ("voucher", made.Campaign.Name, Money(50), house.Now.AddDays(10)),
            (grant.Source, grant.Description, grant.Remaining, grant.ExpiresAt)
        );
        Assert.Equal(Money(50), (await house.WalletAsync(party)).Promo);
        Assert.Empty(await GrantsAsync(house, house.NewParty()));
        // Nothing in the database is the code.
        Assert.Equal(
            0L,
            await house.AsApplicationAsync(
                $"select count(*) from billing.voucher_code v, billing.voucher_campaign c where v::text || c::text like '%{code}%'"
            )
        );
    }

    [Fact]
    public async Task Redeeming_at_once_keeps_the_campaign_s_limits()
    {
        await using var house = Over(db);
        NewCampaign one = await MadeAsync(house, c => c with { MaxRedemptions = 3 });
        string[] parties = [.. Enumerable.Range(0, 8).Select(_ => house.NewParty())];
        var all = await Task.WhenAll(parties.Select(p => RedeemAsync(house, p, one.Codes[0])));
        Assert.Equal(3, all.Count(r => r.IsOk));
        Assert.All(all.Where(r => !r.IsOk), r => Assert.Equal("voucher-used-up", r.Problem!.Code));
        // Many codes: each once, and one customer as often as the campaign lets it.
        NewCampaign batch = await MadeAsync(house, c => c with { Codes = 5, MaxRedemptions = 5, MaxPerCustomer = 2 });
        string greedy = house.NewParty();
        var tries = await Task.WhenAll(batch.Codes.Select(code => RedeemAsync(house, greedy, code)));
        Assert.Equal(2, tries.Count(r => r.IsOk));
        string key = house.NewId("key");
        string fresh = batch.Codes[Array.FindIndex(tries, t => !t.IsOk)];
        string other = house.NewParty();
        var same = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RedeemAsync(house, other, fresh, key)));
        Assert.Single(same.Select(Ok).Distinct());
        Assert.Equal("voucher-used-up", Refused(await RedeemAsync(house, house.NewParty(), fresh)).Code);
        Assert.Equal(Money(50), (await house.WalletAsync(other)).Promo);
    }

    [Fact]
    public async Task A_campaign_s_conditions_are_kept()
    {
        await using var house = Over(db);
        string party = house.NewParty();
        string later = (await MadeAsync(house, c => c with { ValidFrom = house.Now.AddDays(1) })).Codes[0];
        Assert.Equal("voucher-not-valid", Refused(await RedeemAsync(house, party, later)).Code);
        NewCampaign closed = await MadeAsync(house);
        Ok(await VouchersAsync(house, Desk, v => v.CloseAsync(closed.Campaign.Id, default)));
        Assert.Equal("voucher-not-valid", Refused(await RedeemAsync(house, party, closed.Codes[0])).Code);
        string spenders = (await MadeAsync(house, c => c with { MinimumSpend = 11.9m })).Codes[0];
        string fresh = (await MadeAsync(house, c => c with { NewCustomersOnly = true })).Codes[0];
        Assert.Equal("voucher-conditions", Refused(await RedeemAsync(house, party, spenders)).Code);
        Ok(await RedeemAsync(house, party, fresh));
        var terms = await house.ContractAsync();
        await house.RecordAsync(house.Reading(terms, 1, 1));
        Ok(await RedeemAsync(house, terms.CustomerId, spenders));
        Assert.Equal("voucher-conditions", Refused(await RedeemAsync(house, terms.CustomerId, fresh)).Code);
    }

    [Fact]
    public async Task Guessing_ends_after_ten_codes_that_are_none_and_is_one_party_s_own()
    {
        await using var house = Over(db);
        string code = (await MadeAsync(house, c => c with { MaxPerCustomer = 5 })).Codes[0];
        string guesser = house.NewParty();
        for (int i = 0; i < 10; i++)
            Assert.Equal("voucher-unknown", Refused(await RedeemAsync(house, guesser, $"GUESS-{i}")).Code);
        Assert.Equal("rate-limited", Refused(await RedeemAsync(house, guesser, code)).Code);
        Ok(await RedeemAsync(house, house.NewParty(), code));
        house.Time.Advance(TimeSpan.FromHours(1));
        Ok(await RedeemAsync(house, guesser, code));
    }

    [Fact]
    public async Task Campaigns_are_the_desk_s_and_a_wrong_field_is_named()
    {
        await using var house = Over(db);
        CampaignRequest request = Campaign(house);
        foreach (Actor other in new[] { Customer(house.NewParty()), Center(house.NewParty()), Desk with { Role = MemberRole.Viewer } })
            Assert.Equal("forbidden", Refused(await VouchersAsync(house, other, v => v.CreateAsync(request, default))).Code);
        Assert.Equal(
            "forbidden",
            Refused(await VouchersAsync(house, Customer(house.NewParty()), v => v.CampaignsAsync(new(), default))).Code
        );
        Assert.Equal(
            "forbidden",
            Refused(await VouchersAsync(house, Center(house.NewParty()), v => v.RedeemAsync("x", "k", default))).Code
        );
        Ok(await VouchersAsync(house, Desk, v => v.CreateAsync(request, default)));
        Assert.Equal("campaign-exists", Refused(await VouchersAsync(house, Desk, v => v.CreateAsync(request, default))).Code);
        (CampaignRequest Wrong, string Field)[] wrongs =
        [
            (request with { Name = " " }, "/name"),
            (request with { Currency = "XXX" }, "/currency"),
            (request with { Amount = 0.001m }, "/amount"),
            (request with { ValidTo = request.ValidFrom }, "/validTo"),
            (request with { Codes = 0 }, "/codes"),
            (request with { MaxRedemptions = 0 }, "/maxRedemptions"),
            (request with { MaxPerCustomer = 101 }, "/maxPerCustomer"),
            (request with { MinimumSpend = -1 }, "/minimumSpend"),
            (request with { CreditDays = 0 }, "/creditDays"),
        ];
        foreach (var (wrong, field) in wrongs)
        {
            Problem problem = Refused(await VouchersAsync(house, Desk, v => v.CreateAsync(wrong, default)));
            Assert.Contains(field, problem.Errors.Select(e => e.Pointer));
        }
    }

    [Fact]
    public async Task Credit_that_ends_first_is_used_first_and_the_rest_ends_at_its_time()
    {
        await using var house = Over(db);
        string party = house.NewParty();
        await house.GrantAsync(party, 30);
        string late = (await MadeAsync(house, c => c with { CreditDays = 20 })).Codes[0];
        string soon = (await MadeAsync(house, c => c with { CreditDays = 5 })).Codes[0];
        Ok(await RedeemAsync(house, party, late));
        Ok(await RedeemAsync(house, party, soon));
        // 60 of 130 are set aside: all of what ends first, ten of what ends next.
        Ok(await house.HoldAsync(party, 60, "h-" + party));
        house.Time.Advance(TimeSpan.FromDays(6));
        await ExpireAsync(house);
        Assert.Equal(Money(130 - 60), (await house.WalletAsync(party)).Promo);
        // Given back after its end, it ends now; what ends later stays.
        await house.LedgerAsync(Customer(party), l => l.ReleaseAsync("h-" + party, default));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ExpireAsync(house)));
        Assert.Equal(Money(80), (await house.WalletAsync(party)).Promo);
        var grants = await GrantsAsync(house, party);
        Assert.Equal([Money(50), Money(30), Money(0)], grants.Select(g => g.Remaining).OrderByDescending(m => m.Micros));
        Assert.Equal(Money(50), grants.Single(g => g.Remaining.IsZero).Expired);
        house.Time.Advance(TimeSpan.FromDays(30));
        await ExpireAsync(house);
        Assert.Equal(0, await ExpireAsync(house));
        Assert.Equal(Money(30), (await house.WalletAsync(party)).Promo);
    }

    [Fact]
    public async Task What_was_spent_before_a_grant_is_never_taken_from_it()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0);
        await house.GrantAsync(terms.CustomerId, 20);
        Ok(await house.HoldAsync(terms.CustomerId, 20, terms.HoldReference));
        await house.RecordAsync(house.Reading(terms, 1, 1));
        string code = (await MadeAsync(house, c => c with { CreditDays = 1 })).Codes[0];
        Ok(await RedeemAsync(house, terms.CustomerId, code));
        // 11.90 of the first grant went before the second was there, though the second ends first.
        Assert.Equal([Money(50), Money(8.1m)], (await GrantsAsync(house, terms.CustomerId)).Select(g => g.Remaining));
        house.Time.Advance(TimeSpan.FromDays(2));
        await ExpireAsync(house);
        // 8.10 are still set aside, which is what would be used first: that much of the voucher stays with the hold.
        Assert.Equal(Money(8.1m), (await house.WalletAsync(terms.CustomerId)).Promo);
    }

    [Fact]
    public async Task A_month_s_outage_becomes_one_proposal_per_contract_and_the_desk_s_decision_one_posting()
    {
        var uptime = new KnownUptime();
        await using var house = Over(db, s => s.AddSingleton<IContractUptime>(uptime));
        var terms = await house.ContractAsync();
        var network = await house.ContractAsync();
        var well = await house.ContractAsync();
        foreach (var contract in new[] { terms, network, well })
            await house.RecordAsync(house.Reading(contract, 1, 1));
        uptime.Down[terms.ContractId] = TimeSpan.FromHours(2);
        uptime.Down[network.ContractId] = TimeSpan.FromHours(20);
        uptime.Down[well.ContractId] = TimeSpan.Zero;
        house.Time.StepTo(new DateTimeOffset(2030, 2, 3, 0, 0, 0, TimeSpan.Zero));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ProposeAsync(house)));
        Assert.Equal(0, await ProposeAsync(house));
        ServiceCreditView credit = await OnlyAsync(house, Desk, terms.ContractId);
        // 2 of 100 hours down: 98 %, a quarter of 11.90.
        Assert.Equal(
            (0.98m, 0.25m, Money(2.975m), ServiceCreditState.Proposed),
            (credit.Availability, credit.Fraction, credit.Amount, credit.State)
        );
        Assert.Empty(await ListAsync(house, Desk, well.ContractId));
        // Nobody is promised what the desk has not decided.
        Assert.Empty(await ListAsync(house, Customer(terms.CustomerId), terms.ContractId));
        long centerBefore = await house.BalanceAsync("center.pending:" + terms.CenterId);
        var decided = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DecideAsync(house, credit.Id, ServiceCreditDecision.Confirm)));
        Assert.Single(decided.Select(Ok).Distinct());
        Assert.Equal("service-credit-decided", Refused(await DecideAsync(house, credit.Id, ServiceCreditDecision.Reject, "no")).Code);
        Assert.Equal(Money(2.975m), (await house.WalletAsync(terms.CustomerId)).Promo);
        Assert.Equal(centerBefore - 2_125_000, await house.BalanceAsync("center.pending:" + terms.CenterId));
        // Each side reads its own part.
        Assert.Equal(Money(2.975m), (await OnlyAsync(house, Customer(terms.CustomerId), terms.ContractId)).Amount);
        Assert.Equal(Money(2.125m), (await OnlyAsync(house, Center(terms.CenterId), terms.ContractId)).Amount);
        Assert.Equal(Money(0.25m), (await OnlyAsync(house, Operator(terms.OperatorId), terms.ContractId)).Amount);
        Assert.Empty(await ListAsync(house, Customer(network.CustomerId), terms.ContractId));
        Assert.Equal("service-credit", Assert.Single(await GrantsAsync(house, terms.CustomerId)).Source);
        // The network's own fault: the whole charge, and the center keeps what it earned.
        ServiceCreditView all = await OnlyAsync(house, Desk, network.ContractId);
        long kept = await house.BalanceAsync("center.pending:" + network.CenterId);
        Assert.Equal(Money(11.9m), Ok(await DecideAsync(house, all.Id, ServiceCreditDecision.ConfirmByNetwork)).Amount);
        Assert.Equal(kept, await house.BalanceAsync("center.pending:" + network.CenterId));
        Assert.Equal(Money(0), (await OnlyAsync(house, Center(network.CenterId), network.ContractId)).Amount);
        Assert.Equal(
            "forbidden",
            Refused(await DecideAsync(house, all.Id, ServiceCreditDecision.Confirm, by: Customer(network.CustomerId))).Code
        );
        await Assert.ThrowsAsync<PostgresException>(() =>
            house.AsOwnerAsync($"update billing.service_credit set amount = 1 where id = '{all.Id}'")
        );
        // The customer's statement and the center's name it.
        foreach (var (who, role) in new[] { (Customer(terms.CustomerId), "customer"), (Center(terms.CenterId), "center") })
        {
            var statement = Ok(
                await house.InvoicesAsync(
                    who,
                    i => i.StatementAsync(who.PartyId, role, Cny, house.Now.AddDays(-60), house.Now.AddDays(1), default)
                )
            );
            Assert.Contains(statement.Lines, l => l.Kind == "service-credit" && l.ContractId == terms.ContractId);
        }
    }

    [Fact]
    public async Task Where_the_options_say_so_credits_post_themselves_and_a_rejected_one_never()
    {
        var uptime = new KnownUptime();
        await using var house = Over(
            db,
            s => s.AddSingleton<IContractUptime>(uptime),
            ("ServiceCreditsAutomatic", "true"),
            ("ServiceCreditTiers", "0.5=0.5")
        );
        var terms = await house.ContractAsync();
        // Another month than the other test's: months are looked at once.
        house.Time.StepTo(new DateTimeOffset(2030, 5, 10, 0, 0, 0, TimeSpan.Zero));
        await house.RecordAsync(house.Reading(terms, 1, 1) with { From = house.Now.AddHours(-2), To = house.Now.AddHours(-1) });
        uptime.Down[terms.ContractId] = TimeSpan.FromHours(60);
        house.Time.StepTo(new DateTimeOffset(2030, 6, 3, 0, 0, 0, TimeSpan.Zero));
        await ProposeAsync(house);
        Assert.Equal(ServiceCreditState.Posted, (await OnlyAsync(house, Desk, terms.ContractId)).State);
        Assert.Equal(Money(5.95m), (await house.WalletAsync(terms.CustomerId)).Promo);
    }

    private static Task<int> ProposeAsync(BillingHouse house) =>
        house.ActAsync<ProposeServiceCredits, int>(Actor.System, p => p.RunAsync(default));

    private static Task<Outcome<ServiceCreditView>> DecideAsync(
        BillingHouse house,
        string id,
        ServiceCreditDecision decision,
        string? reason = null,
        Actor? by = null
    ) => house.ActAsync<IServiceCredits, Outcome<ServiceCreditView>>(by ?? Desk, c => c.DecideAsync(id, decision, reason, default));

    private static async Task<IReadOnlyList<ServiceCreditView>> ListAsync(BillingHouse house, Actor actor, string contractId) =>
        (
            await house.ActAsync<IServiceCredits, Platform.Pages.Page<ServiceCreditView>>(
                actor,
                c => c.ListAsync(new() { ContractId = contractId }, default)
            )
        ).Items;

    private static async Task<ServiceCreditView> OnlyAsync(BillingHouse house, Actor actor, string contractId) =>
        Assert.Single(await ListAsync(house, actor, contractId));
}

/// <summary>Every contract it knows served a hundred hours.</summary>
internal sealed class KnownUptime : IContractUptime
{
    public Dictionary<string, TimeSpan> Down { get; } = new(StringComparer.Ordinal);

    public Task<IReadOnlyList<ContractUptime>> FindManyAsync(
        IReadOnlyCollection<string> contractIds,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    ) =>
        Task.FromResult<IReadOnlyList<ContractUptime>>([
            .. contractIds.Where(Down.ContainsKey).Select(id => new ContractUptime(id, TimeSpan.FromHours(100), Down[id])),
        ]);
}
