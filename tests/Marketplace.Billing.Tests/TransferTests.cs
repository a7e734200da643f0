using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Without a card processor nobody has credit before the network desk has seen the money.</summary>
public sealed class TransferTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly (string, string)[] Waiting =
    [
        ("BankTransfer:BookAtOnce", "false"),
        ("BankTransfer:AccountHolder", "Compute Network Ltd."),
        ("BankTransfer:AccountNumber", "DE89 3704 0044 0532 0130 00"),
        ("LocalPaymentFeeRate", "0.01"),
    ];

    private BillingHouse Open() => Over(db, settings: Waiting);

    [Fact]
    public async Task A_top_up_is_credit_once_its_transfer_has_arrived()
    {
        await using var house = Open();
        string customer = house.NewParty();
        var waiting = await AskAsync(house, customer, 100);
        Assert.Equal((PaymentState.RequiresAction, Money(0)), (waiting.State, waiting.Fee));
        Assert.EndsWith(waiting.TransferReference!, waiting.Id.ToUpperInvariant(), StringComparison.Ordinal);
        Assert.Equal(Money(0), (await house.WalletAsync(customer)).Available);
        // The desk finds it by what stands on the transfer.
        var found = await house.PaymentsAsync(Desk, p => p.ListAsync(new() { Search = waiting.TransferReference }, default));
        Assert.Equal(waiting.Id, Assert.Single(found.Items).Id);

        var arrived = Ok(await ArrivedAsync(house, Desk, waiting.Id, " STMT-1 "));
        Assert.Equal((PaymentState.Succeeded, Money(1), (string?)null), (arrived.State, arrived.Fee, arrived.TransferReference));
        Assert.Equal(Money(100), (await house.WalletAsync(customer)).Available);
        Assert.Equal(PaymentState.Succeeded, Ok(await ArrivedAsync(house, Desk, waiting.Id, "STMT-1")).State);
        Assert.Equal("payment-not-open", Refused(await ArrivedAsync(house, Desk, waiting.Id, "STMT-2")).Code);
        Assert.Equal(Money(100), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task Only_the_network_desk_says_that_money_has_arrived()
    {
        await using var house = Open();
        string customer = house.NewParty();
        var waiting = await AskAsync(house, customer, 100);
        Actor viewer = Desk with { Role = MemberRole.Viewer };
        foreach (Actor actor in new[] { Customer(customer), Customer(house.NewParty()), Center(house.NewParty()), viewer })
        {
            Assert.Equal(ProblemKind.Forbidden, Refused(await ArrivedAsync(house, actor, waiting.Id, "STMT-F")).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await RecordAsync(house, actor, customer, 5, "STMT-F", "k")).Kind);
        }
        Assert.Null(await house.PaymentsAsync(Customer(house.NewParty()), p => p.FindAsync(waiting.Id, default)));
        Assert.Equal("not-found", Refused(await ArrivedAsync(house, Desk, "pay_none", "STMT-F")).Code);
        Assert.Equal(Money(0), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task One_transfer_is_booked_once_however_many_say_so_at_once()
    {
        await using var house = Open();
        string customer = house.NewParty();
        var waiting = new List<PaymentView>();
        for (int i = 0; i < 8; i++)
            waiting.Add(await AskAsync(house, customer, 10));
        var answers = await Task.WhenAll(
            waiting
                .Select(p => ArrivedAsync(house, Desk, p.Id, "STMT-ONE"))
                .Concat(Enumerable.Range(0, 4).Select(i => RecordAsync(house, Desk, customer, 10, "STMT-ONE", $"one-{i}")))
        );
        Assert.Single(answers, a => a.IsOk);
        Assert.All(answers.Where(a => !a.IsOk), a => Assert.Equal("transfer-booked", a.Problem!.Code));
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
        // What was refused has left nothing behind.
        Assert.Equal(
            waiting.Count + (answers.Take(waiting.Count).Any(a => a.IsOk) ? 0 : 1),
            (await house.PaymentsAsync(Customer(customer), p => p.ListAsync(new(), default))).Items.Count
        );
    }

    [Fact]
    public async Task The_database_refuses_a_transfer_a_second_time()
    {
        await using var house = Open();
        string customer = house.NewParty();
        Ok(await RecordAsync(house, Desk, customer, 5, "STMT-DB", "db"));
        var waiting = await AskAsync(house, customer, 10);
        var error = await Assert.ThrowsAsync<PostgresException>(() =>
            house.AsOwnerAsync($"update billing.payment set charge_reference = 'STMT-DB' where id = '{waiting.Id}'")
        );
        Assert.Equal((PostgresErrorCodes.UniqueViolation, "payment_of_transfer"), (error.SqlState, error.ConstraintName));
    }

    [Fact]
    public async Task A_transfer_nobody_announced_is_credit_once_per_key()
    {
        await using var house = Open();
        string customer = house.NewParty();
        var booked = Ok(await RecordAsync(house, Desk, customer, 70.5m, "STMT-R", "k"));
        Assert.Equal((PaymentState.Succeeded, Money(70.5m), customer), (booked.State, booked.Amount, booked.PartyId));
        Assert.Equal(booked.Id, Ok(await RecordAsync(house, Desk, customer, 70.5m, "STMT-R", "k")).Id);
        Assert.Equal("idempotency-key-reused", Refused(await RecordAsync(house, Desk, customer, 71, "STMT-R", "k")).Code);
        Assert.Equal(Money(70.5m), (await house.WalletAsync(customer)).Available);
        // The customer's own keys are apart from the desk's.
        Assert.NotEqual(booked.Id, (await AskAsync(house, customer, 70.5m, "k")).Id);
    }

    [Theory]
    [InlineData(0, "STMT", "/amount")]
    [InlineData(1.005, "STMT", "/amount")]
    [InlineData(5, "  ", "/reference")]
    public async Task What_cannot_be_booked_names_its_field(double amount, string reference, string field)
    {
        await using var house = Open();
        string customer = house.NewParty();
        var refused = Refused(await RecordAsync(house, Desk, customer, (decimal)amount, reference, "k"));
        Assert.Equal(field, Assert.Single(refused.Errors).Pointer);
        var waiting = await AskAsync(house, customer, 5);
        Assert.Equal(
            "/reference",
            Assert.Single(Refused(await ArrivedAsync(house, Desk, waiting.Id, new string('x', 101))).Errors).Pointer
        );
    }

    [Fact]
    public async Task What_was_given_up_is_not_booked_and_a_transfer_for_it_is_recorded()
    {
        await using var house = Open();
        string customer = house.NewParty();
        var given = await AskAsync(house, customer, 30);
        Assert.Equal(PaymentState.Canceled, Ok(await house.PaymentsAsync(Customer(customer), p => p.CancelAsync(given.Id, default))).State);
        Assert.Equal("payment-not-open", Refused(await ArrivedAsync(house, Desk, given.Id, "STMT-G")).Code);
        Ok(await RecordAsync(house, Desk, customer, 30, "STMT-G", "late"));
        Assert.Equal(Money(30), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task A_payment_whose_transfer_never_comes_is_given_up()
    {
        await using var house = Open();
        string customer = house.NewParty();
        var waiting = await AskAsync(house, customer, 30);
        house.Time.Advance(TimeSpan.FromDays(29));
        await ResumeAsync(house);
        Assert.Equal(PaymentState.RequiresAction, (await FindAsync(house, customer, waiting.Id)).State);
        house.Time.Advance(TimeSpan.FromDays(2));
        await ResumeAsync(house);
        Assert.Equal(PaymentState.Canceled, (await FindAsync(house, customer, waiting.Id)).State);
    }

    [Fact]
    public async Task An_invoice_is_paid_when_its_transfer_has_arrived()
    {
        await using var house = Open();
        var terms = await house.ContractAsync(hold: 0);
        await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        var invoice = Ok(await house.InvoicesAsync(Customer(terms.CustomerId), i => i.InvoiceContractAsync(terms.ContractId, default)));
        var order = new PaymentOrder { InvoiceId = invoice.Id };
        var waiting = Ok(await house.PaymentsAsync(Customer(terms.CustomerId), p => p.PayAsync(order, "k", default)));
        Assert.Equal((PaymentState.RequiresAction, invoice.Open), (waiting.State, waiting.Amount));
        Assert.Equal(InvoiceState.Final, (await ReadAsync(house, terms.CustomerId, invoice.Id)).State);
        Ok(await ArrivedAsync(house, Desk, waiting.Id, "STMT-I"));
        Assert.Equal(InvoiceState.Paid, (await ReadAsync(house, terms.CustomerId, invoice.Id)).State);
        Assert.Equal(Money(0), (await house.WalletAsync(terms.CustomerId)).Available);
    }

    [Fact]
    public async Task Where_to_transfer_to_is_said_only_where_transfers_are_awaited()
    {
        await using var house = Open();
        var setup = await house.PaymentsAsync(Desk, p => Task.FromResult(p.Setup));
        Assert.Equal((true, "DE89 3704 0044 0532 0130 00"), (setup.AwaitsTransfer, setup.Account?.Number));
        await using var trusting = Over(db);
        Assert.Equal(
            (false, null),
            await trusting.PaymentsAsync(Desk, p => Task.FromResult((p.Setup.AwaitsTransfer, p.Setup.Account?.Number)))
        );
    }

    [Theory]
    [InlineData("BankTransfer:Patience", "00:30:00")]
    [InlineData("BankTransfer:Bank", "ICBC")]
    public async Task A_wrong_setting_is_named(string key, string value)
    {
        var error = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(async () =>
        {
            await using var house = Over(db, settings: (key, value));
            house.LeavesBooksWrong = true;
            await house.PaymentsAsync(Desk, p => Task.FromResult(p.Setup));
        });
        Assert.Contains("Billing:BankTransfer:", error.Message, StringComparison.Ordinal);
    }

    private static async Task<PaymentView> AskAsync(BillingHouse house, string customer, decimal amount, string? key = null) =>
        Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(amount), key ?? house.NewId("key"), default)));

    private static Task<Outcome<PaymentView>> ArrivedAsync(BillingHouse house, Actor actor, string payment, string reference) =>
        house.ActAsync<ITransfers, Outcome<PaymentView>>(actor, t => t.ArrivedAsync(payment, reference, default));

    private static Task<Outcome<PaymentView>> RecordAsync(
        BillingHouse house,
        Actor actor,
        string customer,
        decimal amount,
        string reference,
        string key
    ) => house.ActAsync<ITransfers, Outcome<PaymentView>>(actor, t => t.RecordAsync(customer, Money(amount), reference, key, default));

    private static Task<int> ResumeAsync(BillingHouse house) =>
        house.ActAsync<BillingJobs, int>(Actor.System, j => j.ResumePaymentsAsync(default));

    private static async Task<PaymentView> FindAsync(BillingHouse house, string customer, string payment) =>
        (await house.PaymentsAsync(Customer(customer), p => p.FindAsync(payment, default)))!;

    private static async Task<InvoiceView> ReadAsync(BillingHouse house, string customer, string invoice) =>
        (await house.InvoicesAsync(Customer(customer), i => i.FindAsync(invoice, default)))!;
}
