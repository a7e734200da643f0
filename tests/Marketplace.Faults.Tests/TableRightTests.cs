using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Books;
using Marketplace.Faults.Tests.Support;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>
/// Raw SQL as the application's role, on every table there is. What the guards refuse to whoever has more rights is in GuardTests, and what
/// a superuser could still do is found by the checks of TamperingTests and SealTamperingTests.
/// </summary>
public sealed class TableRightTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const string NoRight = "42501";
    private const string Insert = "insert";
    private const string Update = "update";
    private const string Delete = "delete";
    private const string Truncate = "truncate";

    // What the application writes itself, by design, and why that cannot make the books wrong unseen. Anything else that it may write is a hole.
    private static readonly Dictionary<string, (string[] May, string Why)> Written = new(StringComparer.Ordinal)
    {
        ["contract_terms"] = ([Insert], "What was sold. Never changed; a charge still goes through the posting function."),
        ["price_version"] = ([Insert], "A price, as contract_terms."),
        ["usage_event"] = ([Insert], "What was reported. Never changed; its key makes a repetition nothing."),
        ["usage_quarantine"] = ([Insert], "What was reported and not believed."),
        ["usage_quarantine_outcome"] = ([Insert], "What was decided about a reading. Never changed."),
        ["usage_feed"] = ([Insert, Update], "How far a source was heard; a trigger lets it only grow, and it moves no money."),
        ["usage_dispute"] = ([Insert], "What a customer disputes. Never changed; it only keeps lines from becoming payable."),
        ["usage_dispute_line"] = ([Insert], "A line that is disputed, as usage_dispute."),
        ["usage_dispute_outcome"] = ([Insert], "What was decided. Never changed; the correction goes through the posting function."),
        ["reservation"] = (
            [Insert],
            "What was bought ahead; it is drawn from by a function, and check_reservations compares it with its draws."
        ),
        ["usage_meter"] = ([Insert, Update], "Where a meter stands: check_usage compares it with the rated lines."),
        ["contract_cost"] = ([Insert, Update], "Running totals: check_usage compares them with the rated lines and the ledger."),
        ["rated_line"] = ([Insert], "A charge. Never changed; check_usage compares it with its journal."),
        ["invoice_series"] = ([Insert, Update], "The last number: check_invoices finds a gap."),
        ["invoice"] = (
            [Insert, Update, Delete],
            "Triggers keep a final one, a draft may go; check_invoices compares it with its lines and the ledger."
        ),
        ["invoice_line"] = ([Insert], "Never changed; check_invoices compares it with the rated lines."),
        ["invoiced_line"] = ([Insert], "Never changed; its key puts a rated line on one invoice."),
        ["payment"] = ([Insert, Update], "A trigger keeps what it is and its state's order; check_keys compares it with its journal."),
        ["refund"] = ([Insert, Update], "An intent and its answer: check_payments compares it with its journals."),
        ["dispute"] = ([Insert, Update], "What the provider says: check_payments compares it with its journals."),
        ["psp_customer"] = ([Insert, Update], "Who a party is at the provider. It moves no money."),
        ["connect_account"] = (
            [Insert, Update],
            "What the provider says of an account; a trigger keeps whose it is. Payouts go by payout_destination."
        ),
        ["inbox"] = ([Insert, Update], "Events as they came; they only say what to look at."),
        ["psp_txn"] = ([Insert], "What the provider said first. Never changed."),
        ["psp_balance"] = ([Insert, Update, Delete], "The last comparison, to look at; it is made anew."),
        ["psp_cursor"] = ([Insert, Update, Delete], "Where reading begins; earlier only reads more."),
        ["recon_break"] = ([Insert, Update], "A difference and what was said of it; comparing finds it again."),
        ["auto_top_up"] = ([Insert, Update, Delete], "A wish; each top-up is a payment of its own."),
        ["arrears"] = ([Insert, Update], "What is overdue and what was done about it; the debt itself is the invoice's and the ledger's."),
        ["credit_line"] = (
            [Insert],
            "What the network lends at most; what is lent goes through the posting function. Whose it is does not change."
        ),
        ["bank_statement"] = ([Insert], "What the bank says of the network's account; never changed."),
        ["bank_entry"] = (
            [Insert],
            "What the bank says, and what it stands for: columns of their own may change while it is open. Money moves by the posting function."
        ),
        ["billing_profile"] = ([Insert, Update], "Name and address for invoices; a final invoice keeps its own copy."),
        ["credit_note_series"] = ([Insert, Update], "The last number, as invoice_series."),
        ["credit_note"] = ([Insert], "Never changed; check_invoices compares it with the ledger."),
        ["credit_note_line"] = ([Insert], "Never changed, as credit_note."),
        ["payout_destination"] = ([Insert], "Where to pay. Never changed; another one is another row."),
        ["payout_hold"] = ([Insert, Update], "Holds a payout back; check_payouts compares payouts with the ledger."),
        ["payout_file"] = ([Insert], "What was sent to the bank. Never changed."),
        ["payout"] = ([Insert, Update], "Its state: check_payouts compares it with its journals."),
        ["promo_grant"] = ([Insert, Update], "A trigger keeps what was given; check_credits compares it with the ledger."),
        ["voucher_campaign"] = ([Insert, Update], "Counts redemptions: check_credits counts them again."),
        ["voucher_code"] = ([Insert, Update], "Counts redemptions, as voucher_campaign."),
        ["voucher_redemption"] = ([Insert], "Never changed; check_credits compares it with its journal."),
        ["voucher_attempt"] = ([Insert, Update, Delete], "Wrong codes that were tried; moves nothing."),
        ["service_credit"] = ([Insert, Update], "A proposal and its decision: check_credits compares it with its journal."),
        ["service_credit_period"] = ([Insert, Update, Delete], "Which months were looked at; a proposal has its own key."),
        ["budget"] = ([Insert], "A limit somebody set. It moves no money; its versions are rows."),
        ["budget_version"] = ([Insert], "A limit as it stood. Never changed."),
        ["budget_alert"] = ([Insert], "That somebody was told. Never changed."),
        ["budget_stop"] = ([Insert], "That work was stopped. Never changed."),
        ["contract_scope"] = ([Insert], "Whose budgets a contract counts for. Never changed."),
        ["books_report"] = ([Insert, Update, Delete], "The last report, to look at; it is made anew from the books."),
        ["seal_report"] = ([Insert, Update, Delete], "The last walk along the chain, to look at; the chain itself is out of reach."),
    };

    [Fact]
    public async Task The_application_writes_what_it_must_and_nothing_else()
    {
        await using BillingHouse house = Over(db);
        await house.RecordAsync(house.Reading(await house.ContractAsync(hold: 100), 1, 1));
        string before = await BooksRight.PictureAsync(db.DataSource);
        List<string> wrong = [];
        var tables = await Catalog.TablesAsync(db.DataSource);
        Assert.True(tables.Count > 20, $"only {tables.Count} tables");
        foreach (Catalog.Table table in tables)
        {
            foreach (var (act, sql) in Attempts(table))
            {
                string? state = await Catalog.StateAsync(db.DataSource, sql, commit: false);
                // A view has its owner's rights on the table below it: it must not let anything through for whatever reason.
                bool refused = state == NoRight || (table.IsView && state is not null);
                bool allowed = Written.TryGetValue(table.Name, out var written) && written.May.Contains(act, StringComparer.Ordinal);
                if (refused == allowed)
                    wrong.Add(
                        $"{sql}: {(refused ? "refused, but listed as written by the application" : "not refused, and not listed with a reason")}"
                    );
            }
        }
        wrong.AddRange(
            Written.Keys.Except(tables.Select(t => t.Name), StringComparer.Ordinal).Select(t => $"{t} is listed and does not exist")
        );
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(before, await BooksRight.PictureAsync(db.DataSource));
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    private static IEnumerable<(string Act, string Sql)> Attempts(Catalog.Table table) =>
        [
            (Insert, $"insert into billing.{table.Name} default values"),
            (Update, $"update billing.{table.Name} set {table.Column} = {table.Column} where false"),
            (Delete, $"delete from billing.{table.Name} where false"),
            (Truncate, $"truncate billing.{table.Name} cascade"),
            ("disable triggers of", $"alter table billing.{table.Name} disable trigger all"),
            ("add a column to", $"alter table billing.{table.Name} add column mine text"),
            (
                "make a trigger on",
                $"create trigger mine before update on billing.{table.Name} for each row execute function billing.refuse_change()"
            ),
            ("drop", $"drop table billing.{table.Name} cascade"),
        ];
}
