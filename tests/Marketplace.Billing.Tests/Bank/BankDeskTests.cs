using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments.Bank;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.States;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Bank;

/// <summary>The bank's statements become payments, refunds and payouts that have arrived, each once.</summary>
public sealed class BankDeskTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task What_a_statement_explains_is_booked_and_the_rest_stays_open()
    {
        await using var house = BankHouse.Open(db);
        var (payer, other) = (house.NewParty(), house.NewParty());
        var asked = await house.AskAsync(payer, 25);
        var short_ = await house.AskAsync(other, 100);
        string tag = house.NewId("e");
        var file = new CamtFile(number: tag)
            .Entry(tag + "A", 25, $"top-up {asked.TransferReference!.ToLowerInvariant()}")
            .Entry(tag + "B", 60, $"{short_.TransferReference}")
            .Entry(tag + "C", 7, "Interest")
            .Entry(tag + "D", 3, "Fee", incoming: false);
        var import = Ok(await house.ImportAsync(file));
        Assert.Equal((4, 1), (import.New, import.Booked));
        Assert.Equal((tag, 4, Money(250.5m)), (import.Statements[0].Number, import.Statements[0].Entries, import.Statements[0].Closing));
        Assert.Equal(Money(25), (await house.WalletAsync(payer)).Available);
        Assert.Equal(PaymentState.Succeeded, (await FindAsync(house, asked)).State);
        var booked = await house.EntryAsync(tag + "A");
        Assert.Equal((BankEntryState.Booked, asked.Id, payer), (booked.State, booked.PaymentId, booked.PartyId));
        // Another amount is nobody's until the desk says so, but it is known whose it seems to be.
        var part = await house.EntryAsync(tag + "B");
        Assert.Equal((BankEntryState.Open, null, other), (part.State, part.PaymentId, part.PartyId));
        Assert.Equal(Money(0), (await house.WalletAsync(other)).Available);
        Assert.Equal((BankEntryState.Open, null), ((await house.EntryAsync(tag + "D")).State, (await house.EntryAsync(tag + "D")).PartyId));
    }

    [Fact]
    public async Task The_same_entries_are_booked_once_however_often_and_by_whatever_statement_they_come()
    {
        await using var house = BankHouse.Open(db);
        Properties.Check(
            Prop.ForAll(
                Gen.Choose(1, 6).SelectMany(n => Gen.Choose(0, n - 1).ListOf(Math.Min(n, 4)).Select(cuts => (n, cuts))).ToArbitrary(),
                plan => OverlapAsync(house, plan.n, [.. plan.cuts]).GetAwaiter().GetResult()
            ),
            count: Properties.Of(6, 60)
        );
    }

    // Statements that begin at each of the cuts and all run to the end, at once.
    private static async Task<bool> OverlapAsync(BillingHouse house, int entries, IReadOnlyList<int> cuts)
    {
        string customer = house.NewParty();
        string tag = house.NewId("o");
        List<PaymentView> asked = [];
        for (int i = 0; i < entries; i++)
            asked.Add(await house.AskAsync(customer, 10 + i));
        CamtFile From(int cut)
        {
            var file = new CamtFile(number: $"{tag}/{cut}");
            for (int i = cut; i < entries; i++)
                file.Entry($"{tag}-{i}", 10 + i, asked[i].TransferReference!);
            return file;
        }
        var imports = await Task.WhenAll(cuts.Prepend(0).Select(c => house.ImportAsync(From(c))));
        Assert.Equal(entries, imports.Sum(i => Ok(i).New));
        Assert.Equal(entries, imports.Sum(i => Ok(i).Booked));
        return (await house.WalletAsync(customer)).Available == Money(asked.Sum(a => a.Amount.Amount));
    }

    [Fact]
    public async Task What_the_desk_typed_before_the_statement_came_is_recognised()
    {
        await using var house = BankHouse.Open(db);
        string customer = house.NewParty();
        var asked = await house.AskAsync(customer, 25);
        string tag = house.NewId("e");
        Ok(await house.ActAsync<ITransfers, Outcome<PaymentView>>(Desk, t => t.ArrivedAsync(asked.Id, tag, default)));
        Assert.Equal(1, Ok(await house.ImportAsync(new CamtFile(number: tag).Entry(tag, 25, "no reference"))).Booked);
        Assert.Equal((BankEntryState.Booked, asked.Id), ((await house.EntryAsync(tag)).State, (await house.EntryAsync(tag)).PaymentId));
        Assert.Equal(Money(25), (await house.WalletAsync(customer)).Available);
        // The other way round it is refused: the transfer is booked.
        var second = await house.AskAsync(customer, 25);
        Assert.Equal(
            "transfer-booked",
            Refused(await house.ActAsync<ITransfers, Outcome<PaymentView>>(Desk, t => t.ArrivedAsync(second.Id, tag, default))).Code
        );
    }

    [Fact]
    public async Task A_refund_and_a_payout_end_when_the_bank_has_paid_them()
    {
        await using var house = BankHouse.Open(db);
        var refund = await house.AskBackAsync(await house.PaidInAsync(house.NewParty(), 100), 40);
        string center = await PayoutSteps.EarnedAsync(house, 300);
        await PayoutSteps.ApprovedAsync(house, center);
        await PayoutSteps.SubmitAsync(house);
        var payout = await PayoutSteps.OnlyAsync(house, center);
        Assert.Equal(PayoutState.Submitted, payout.State);
        string tag = house.NewId("e");
        var file = new CamtFile(number: tag)
            .Entry(tag + "R", 40, refund.TransferReference!, incoming: false)
            .Entry(tag + "P", 300, endToEnd: payout.Id.Replace('_', '-'), incoming: false);
        Assert.Equal(2, Ok(await house.ImportAsync(file)).Booked);
        Assert.Equal(
            (RefundState.Succeeded, tag + "R"),
            ((await house.RefundAsync(refund.Id)).State, (await house.RefundAsync(refund.Id)).ProviderReference)
        );
        payout = await PayoutSteps.OnlyAsync(house, center);
        Assert.Equal((PayoutState.Paid, tag + "P"), (payout.State, payout.BankReference));
        Assert.Equal((payout.Id, center), ((await house.EntryAsync(tag + "P")).PayoutId, (await house.EntryAsync(tag + "P")).PartyId));
    }

    [Fact]
    public async Task What_the_bank_takes_back_is_left_to_people()
    {
        await using var house = BankHouse.Open(db);
        var asked = await house.AskAsync(house.NewParty(), 25);
        string tag = house.NewId("e");
        Assert.Equal(
            0,
            Ok(await house.ImportAsync(new CamtFile(number: tag).Entry(tag, 25, asked.TransferReference!, reversal: true))).Booked
        );
        var entry = await house.EntryAsync(tag);
        Assert.Equal((BankEntryState.Open, true), (entry.State, entry.Reversal));
        Assert.Equal("bank-entry-not-credit", Refused(await AssignAsync(house, Desk, entry.Id, asked.PartyId)).Code);
    }

    [Fact]
    public async Task The_desk_says_whose_money_it_is_and_the_next_from_there_is_supposed_to_be_theirs()
    {
        await using var house = BankHouse.Open(db);
        var (first, second) = (house.NewParty(), house.NewParty());
        string tag = house.NewId("e");
        string payer = "FR" + house.NewId("x")[^10..].ToUpperInvariant();
        var waiting = await house.AskAsync(second, 30);
        Ok(
            await house.ImportAsync(
                new CamtFile(number: tag)
                    .Entry(tag + "A", 20, payer: payer)
                    .Entry(tag + "B", 30, "forgotten")
                    .Entry(tag + "C", 9, incoming: false)
            )
        );
        // Nothing waits for this amount: credit.
        var entry = await house.EntryAsync(tag + "A");
        var assigned = Ok(await AssignAsync(house, Desk, entry.Id, first));
        Assert.Equal((BankEntryState.Booked, first), (assigned.State, assigned.PartyId));
        Assert.Equal(Money(20), (await house.WalletAsync(first)).Available);
        Assert.Equal(assigned.PaymentId, Ok(await AssignAsync(house, Desk, entry.Id, first)).PaymentId);
        Assert.Equal("bank-entry-decided", Refused(await AssignAsync(house, Desk, entry.Id, second)).Code);
        Assert.Equal("bank-entry-decided", Refused(await house.BankAsync(Desk, b => b.DismissAsync(entry.Id, "x", default))).Code);
        // Something does: that is what it pays.
        Assert.Equal(waiting.Id, Ok(await AssignAsync(house, Desk, (await house.EntryAsync(tag + "B")).Id, second)).PaymentId);
        Assert.Equal(Money(30), (await house.WalletAsync(second)).Available);
        Assert.Equal("bank-entry-not-credit", Refused(await AssignAsync(house, Desk, (await house.EntryAsync(tag + "C")).Id, first)).Code);
        Assert.Equal("/partyId", Assert.Single(Refused(await AssignAsync(house, Desk, entry.Id, "")).Errors).Pointer);

        Ok(await house.ImportAsync(new CamtFile(number: tag + "2").Entry(tag + "D", 5, "again", payer: payer)));
        Assert.Equal(
            (BankEntryState.Open, first),
            ((await house.EntryAsync(tag + "D")).State, (await house.EntryAsync(tag + "D")).PartyId)
        );
    }

    [Fact]
    public async Task Once_a_customer_has_announced_a_transfer_it_is_found_among_what_is_open()
    {
        await using var house = BankHouse.Open(db);
        string customer = house.NewParty();
        var asked = await house.AskAsync(customer, 50);
        string tag = house.NewId("e");
        // The first was given up before the money came; its reference names nothing any more.
        Ok(await house.PaymentsAsync(Customer(customer), p => p.CancelAsync(asked.Id, default)));
        Assert.Equal(0, Ok(await house.ImportAsync(new CamtFile(number: tag).Entry(tag, 50, asked.TransferReference!))).Booked);
        var again = await house.AskAsync(customer, 50);
        Ok(await house.ActAsync<ITransfers, Outcome<PaymentView>>(Desk, t => t.ArrivedAsync(again.Id, tag, default)));
        Assert.Equal(1, Ok(await house.BankAsync(Desk, b => b.MatchAsync(default))));
        Assert.Equal(again.Id, (await house.EntryAsync(tag)).PaymentId);
    }

    [Fact]
    public async Task What_is_not_the_marketplace_s_business_is_dismissed_with_a_reason_and_may_come_back()
    {
        await using var house = BankHouse.Open(db);
        string tag = house.NewId("e");
        Ok(await house.ImportAsync(new CamtFile(number: tag).Entry(tag, 3, "Bank fee", incoming: false)));
        string id = (await house.EntryAsync(tag)).Id;
        Assert.Equal("/reason", Assert.Single(Refused(await house.BankAsync(Desk, b => b.DismissAsync(id, " ", default))).Errors).Pointer);
        var dismissed = Ok(await house.BankAsync(Desk, b => b.DismissAsync(id, "Account fee", default)));
        Assert.Equal((BankEntryState.Dismissed, "Account fee"), (dismissed.State, dismissed.Reason));
        Assert.Equal(BankEntryState.Dismissed, Ok(await house.BankAsync(Desk, b => b.DismissAsync(id, "Account fee", default))).State);
        Assert.Equal("bank-entry-decided", Refused(await house.BankAsync(Desk, b => b.DismissAsync(id, "Another", default))).Code);
        var open = Ok(await house.BankAsync(Desk, b => b.ReopenAsync(id, default)));
        Assert.Equal((BankEntryState.Open, null), (open.State, open.Reason));
        Assert.Equal("not-found", Refused(await house.BankAsync(Desk, b => b.ReopenAsync("bke_none", default))).Code);
    }

    [Fact]
    public async Task A_file_is_taken_whole_or_not_at_all_and_only_of_the_network_s_accounts()
    {
        await using var house = BankHouse.Open(db, ("BankTransfer:OtherAccounts:0", "6222 01"));
        string tag = house.NewId("e");
        var broken = new CamtFile(number: tag).Entry(tag, 5).Raw("<Ntry><Amt Ccy=\"CNY\">1</Amt></Ntry>");
        Assert.Equal("/content", Assert.Single(Refused(await house.ImportAsync(broken)).Errors).Pointer);
        Assert.Empty(Ok(await house.BankAsync(Desk, b => b.EntriesAsync(new() { Search = tag }, default))).Items);
        var foreign = Refused(await house.ImportAsync(new CamtFile("FR7630006000011234567890189", number: tag).Entry(tag, 5)));
        Assert.Contains("FR7630006000011234567890189, which is not the network's", foreign.Detail, StringComparison.Ordinal);
        Assert.Equal(1, Ok(await house.ImportAsync($"account,reference,booked_on,amount,currency\n622201,{tag},2030-01-05,5,CNY")).New);
        Assert.Equal("/content", Assert.Single(Refused(await house.ImportAsync("  ")).Errors).Pointer);
    }

    [Fact]
    public async Task What_the_bank_says_stands_beside_the_books()
    {
        await using var house = BankHouse.Open(db);
        var asked = await house.AskAsync(house.NewParty(), 25);
        var before = await StandingAsync(house);
        string tag = house.NewId("e");
        Ok(
            await house.ImportAsync(
                new CamtFile(number: tag)
                    .Entry(tag + "A", 25, asked.TransferReference!)
                    .Entry(tag + "B", 4)
                    .Entry(tag + "C", 3, incoming: false)
            )
        );
        var after = await StandingAsync(house);
        Assert.Equal(before.Books + Money(25), after.Books);
        Assert.Equal((before.OpenIn + Money(4), before.OpenOut + Money(3)), (after.OpenIn, after.OpenOut));
        Assert.Equal((BankHouse.OurAccount, Money(250.5m)), (after.Newest!.Account, after.Newest.Closing));
    }

    [Fact]
    public async Task The_bank_is_the_network_desk_s_alone()
    {
        await using var house = BankHouse.Open(db);
        string tag = house.NewId("e");
        Ok(await house.ImportAsync(new CamtFile(number: tag).Entry(tag, 5)));
        string id = (await house.EntryAsync(tag)).Id;
        string party = house.NewParty();
        Actor viewer = Desk with { Role = MemberRole.Viewer };
        foreach (Actor actor in new[] { Customer(party), Center(party), Operator(party), viewer })
        {
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(await house.BankAsync(actor, b => b.ImportAsync($"{new CamtFile()}", default))).Kind
            );
            Assert.Equal(ProblemKind.Forbidden, Refused(await house.BankAsync(actor, b => b.MatchAsync(default))).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await AssignAsync(house, actor, id, party)).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await house.BankAsync(actor, b => b.DismissAsync(id, "x", default))).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await house.BankAsync(actor, b => b.ReopenAsync(id, default))).Kind);
            if (actor == viewer)
                continue;
            Assert.Equal(ProblemKind.Forbidden, Refused(await house.BankAsync(actor, b => b.EntriesAsync(new(), default))).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await house.BankAsync(actor, b => b.StandingAsync(default))).Kind);
        }
        Assert.Equal(BankEntryState.Open, (await house.EntryAsync(tag)).State);
    }

    [Theory]
    [InlineData("update billing.bank_entry set amount = amount + 1", PostgresErrorCodes.InsufficientPrivilege)]
    [InlineData("update billing.bank_entry set reference = 'x'", PostgresErrorCodes.InsufficientPrivilege)]
    [InlineData("delete from billing.bank_entry", PostgresErrorCodes.InsufficientPrivilege)]
    [InlineData("update billing.bank_statement set closing = 0", PostgresErrorCodes.InsufficientPrivilege)]
    [InlineData("update billing.bank_entry set state = 'Booked' where state = 'Open'", PostgresErrorCodes.CheckViolation)]
    [InlineData("update billing.bank_entry set state = 'Open', payment_id = null where state = 'Booked'", "LG001")]
    [InlineData(
        "update billing.bank_entry set payment_id = (select payment_id from billing.bank_entry where state = 'Booked' limit 1), state = 'Booked' where state = 'Open' and incoming",
        PostgresErrorCodes.UniqueViolation
    )]
    public async Task The_database_refuses_what_nobody_may_do_to_the_bank_s_words(string sql, string state)
    {
        await using var house = BankHouse.Open(db);
        var asked = await house.AskAsync(house.NewParty(), 25);
        string tag = house.NewId("e");
        Ok(await house.ImportAsync(new CamtFile(number: tag).Entry(tag + "A", 25, asked.TransferReference!).Entry(tag + "B", 25)));
        var error = await Assert.ThrowsAsync<PostgresException>(() => house.AsApplicationAsync(sql));
        Assert.Equal(state, error.SqlState);
    }

    [Fact]
    public void What_may_not_follow_is_refused()
    {
        var forbidden = BankDesk.States.Forbidden().ToList();
        Assert.Equal(6, forbidden.Count);
        Assert.All(forbidden, pair => Assert.Throws<IllegalTransitionException>(() => BankDesk.States.Move(pair.From, pair.To)));
    }

    private static Task<Outcome<BankEntryView>> AssignAsync(BillingHouse house, Actor actor, string entry, string party) =>
        house.BankAsync(actor, b => b.AssignAsync(entry, party, default));

    private static async Task<BankStanding> StandingAsync(BillingHouse house) =>
        Ok(await house.BankAsync(Desk, b => b.StandingAsync(default))).Single(s => s.Currency == Cny);

    private static async Task<PaymentView> FindAsync(BillingHouse house, PaymentView payment) =>
        (await house.PaymentsAsync(Customer(payment.PartyId), p => p.FindAsync(payment.Id, default)))!;
}
