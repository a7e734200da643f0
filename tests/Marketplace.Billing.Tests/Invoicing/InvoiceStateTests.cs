using Marketplace.Billing.Contracts;
using Marketplace.Billing.Invoicing;
using Marketplace.Platform.States;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Billing.Tests.Invoicing;

/// <summary>The states of an invoice: what code allows is what the database allows, and every other pair fails in both.</summary>
public sealed class InvoiceStateTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    // How a row gets to each state by allowed steps.
    private static readonly Dictionary<InvoiceState, InvoiceState[]> Ways = new()
    {
        [InvoiceState.Draft] = [],
        [InvoiceState.Grace] = [InvoiceState.Grace],
        [InvoiceState.Final] = [InvoiceState.Grace, InvoiceState.Final],
        [InvoiceState.Paid] = [InvoiceState.Grace, InvoiceState.Final, InvoiceState.Paid],
        [InvoiceState.Void] = [InvoiceState.Grace, InvoiceState.Final, InvoiceState.Void],
        [InvoiceState.Uncollectible] = [InvoiceState.Grace, InvoiceState.Final, InvoiceState.Uncollectible],
    };

    public static TheoryData<InvoiceState, InvoiceState> Forbidden
    {
        get
        {
            var pairs = new TheoryData<InvoiceState, InvoiceState>();
            foreach (var (from, to) in InvoiceStates.Table.Forbidden())
                pairs.Add(from, to);
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Forbidden))]
    public async Task A_forbidden_pair_fails_in_code_and_in_the_database(InvoiceState from, InvoiceState to)
    {
        Assert.Throws<IllegalTransitionException>(() => InvoiceStates.Table.Move(from, to));
        // Writing a row without changing its state is no transition.
        if (from == to)
            return;
        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await RunAsync(
            connection,
            """
            insert into billing.invoice (id, party_id, customer_name, issuer, currency, state, period_start, period_end, net, tax, rounding, total, due)
            values ('ivc_state', 'org_state', 'x', 'ST', 'CNY', 'Draft', now() - interval '1 month', now(), 0, 0, 0, 0, 0)
            """
        );
        foreach (InvoiceState step in Ways[from])
            await RunAsync(connection, StepSql(step));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => RunAsync(connection, StepSql(to)));
        Assert.Equal("LG001", refused.SqlState);
    }

    [Fact]
    public async Task The_database_holds_the_pairs_of_the_code_and_the_application_cannot_add_one()
    {
        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select from_state, to_state from billing.invoice_transition", connection);
        var held = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                held.Add($"{reader.GetString(0)} > {reader.GetString(1)}");
        }
        var allowed =
            from f in Enum.GetValues<InvoiceState>()
            from t in Enum.GetValues<InvoiceState>()
            where InvoiceStates.Table.Allows(f, t)
            select $"{f} > {t}";
        Assert.Equal(allowed.Order(StringComparer.Ordinal), held.Order(StringComparer.Ordinal));
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            RunAsync(connection, "insert into billing.invoice_transition values ('Paid', 'Draft')")
        );
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData(InvoiceState.Final, 5, 0, 10, InvoiceState.Final)]
    [InlineData(InvoiceState.Final, 0, 0, 10, InvoiceState.Paid)]
    [InlineData(InvoiceState.Final, 0, 4, 10, InvoiceState.Paid)]
    [InlineData(InvoiceState.Final, 0, 10, 10, InvoiceState.Void)]
    [InlineData(InvoiceState.Paid, 0, 10, 10, InvoiceState.Paid)]
    public void What_is_settled_decides_the_state(InvoiceState state, long open, long credited, long total, InvoiceState after) =>
        Assert.Equal(after, InvoiceStates.AfterSettling(state, open, credited, total));

    private static string StepSql(InvoiceState to) =>
        to switch
        {
            InvoiceState.Final =>
                "update billing.invoice set state = 'Final', number = 'ST-1', issued_at = now(), due_at = now() where id = 'ivc_state'",
            InvoiceState.Uncollectible =>
                "update billing.invoice set state = 'Uncollectible', written_off_reason = 'gone' where id = 'ivc_state'",
            _ => $"update billing.invoice set state = '{to}' where id = 'ivc_state'",
        };

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
