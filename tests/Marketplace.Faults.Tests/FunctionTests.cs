using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Books;
using Marketplace.Faults.Tests.Support;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>Every function the application may call, with arguments that the application would never send: refused, or harmless.</summary>
public sealed class FunctionTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const string Internal = "XX";

    // Values that are wrong, extreme or foreign, by type. A type that is not here makes the test fail: add it with its worst.
    private static readonly Dictionary<string, string[]> Hostile = new(StringComparer.Ordinal)
    {
        ["text"] =
        [
            "null",
            "''",
            "'CNY'",
            "'XXX'",
            "'customer.held'",
            "'org_thief'",
            "'held'",
            "repeat('x', 10000)",
            "'''; drop table billing.leg; --'",
        ],
        ["text[]"] =
        [
            "null",
            "'{}'",
            "array[null::text]",
            "array['customer.available']",
            "array['psp', 'customer.available']",
            "array['', 'org_thief']",
            "array['CNY', 'CNY']",
            "array['CNY', 'USD']",
            "array['j']",
            "array['held', null]",
            "'[5:6]={psp,psp}'",
        ],
        ["bigint"] = ["null", "0", "-1", "1", "9223372036854775807", "-9223372036854775808"],
        ["bigint[]"] =
        [
            "null",
            "'{}'",
            "array[1]::bigint[]",
            "array[-1]::bigint[]",
            "array[1, 2]::bigint[]",
            "array[9223372036854775807, 1]",
            "array[null]::bigint[]",
        ],
        ["integer"] = ["null", "0", "-1", "1", "2147483647"],
        ["integer[]"] =
        [
            "null",
            "'{}'",
            "array[1]",
            "array[2]",
            "array[0]",
            "array[-1]",
            "array[1, 99]",
            "array[1, 2]",
            "array[null]::integer[]",
            "'[0:0]={1}'",
        ],
        ["smallint"] = ["null", "0", "-1"],
        ["bytea"] = ["null", "''::bytea", "'\\x00'::bytea"],
        ["bytea[]"] = ["null", "'{}'", "array[''::bytea]", "array['\\x00'::bytea, null]"],
        ["timestamp with time zone"] = ["null", "'infinity'", "'-infinity'", "'epoch'"],
        ["timestamp with time zone[]"] =
        [
            "null",
            "'{}'",
            "array['infinity'::timestamptz]",
            "array['-infinity'::timestamptz]",
            "array['2030-01-15'::timestamptz]",
        ],
        ["numeric"] = ["null", "0", "-1", "'NaN'", "'Infinity'"],
        ["numeric[]"] =
        [
            "null",
            "'{}'",
            "array[null]::numeric[]",
            "array[1]::numeric[]",
            "array[-1]::numeric[]",
            "array['NaN']::numeric[]",
        ],
        ["billing.usage_feed"] = ["null", "row(null, null, null, null, null)"],
        ["boolean"] = ["null", "true", "false"],
        ["jsonb"] = ["null", "'null'", "'{}'", "'[]'"],
        ["date"] = ["null", "'infinity'", "'epoch'"],
        ["interval"] = ["null", "'-1 year'", "'1000000 years'"],
    };

    [Fact]
    public Task Called_at_random_they_break_nothing() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 20,
            async seed =>
            {
                await using BillingHouse house = Over(db);
                var random = new Random(seed);
                await VictimAsync(house);
                var functions = await Catalog.FunctionsAsync(db.DataSource);
                Assert.True(functions.Count(f => f.SecurityDefiner) > 5, $"only {functions.Count} functions");
                List<string> wrong = [];
                foreach (Catalog.Function function in functions)
                {
                    int calls = function.Arguments.Count == 0 ? 1 : Properties.Of(25, 200);
                    for (int i = 0; i < calls; i++)
                    {
                        string arguments = string.Join(", ", function.Arguments.Select(t => $"{random.GetItems(Hostile[t], 1)[0]}::{t}"));
                        string sql = $"select * from billing.{function.Name}({arguments})";
                        if (
                            await Catalog.StateAsync(db.DataSource, sql, commit: true) is { } state
                            && state.StartsWith(Internal, StringComparison.Ordinal)
                        )
                            wrong.Add($"{state}: {sql}");
                    }
                }
                Assert.True(wrong.Count == 0, string.Join('\n', wrong));
                await BooksRight.AssertAsync(house, db.DataSource);
                // And the business goes on.
                await house.TopUpAsync(house.NewParty(), 1);
            }
        );

    [Theory]
    [InlineData(
        "a leg of a journal that is not sent",
        "array[1, 2]",
        "array[1, 1]",
        "array[2, 2]",
        "array[5, 1000000]",
        "array[null, null]::text[]"
    )]
    [InlineData(
        "a leg of no journal",
        "array[1, null]::integer[]",
        "array[1, 1]",
        "array[2, 2]",
        "array[5, 1000000]",
        "array[null, null]::text[]"
    )]
    [InlineData("an amount without a journal", "array[1]", "array[1, 1]", "array[2, 2]", "array[5, 1000000]", "array[null, null]::text[]")]
    [InlineData(
        "a hold filled by a leg that is not written",
        "array[1, 2]",
        "array[1, 1]",
        "array[2, 3]",
        "array[5, 1000000]",
        "array[null, 'held']"
    )]
    [InlineData(
        "a negative leg behind a positive one",
        "array[1, 1]",
        "array[1, 1]",
        "array[2, 2]",
        "array[5, -4]",
        "array[null, null]::text[]"
    )]
    [InlineData("an account that is not named", "array[1]", "array[1]", "array[99]", "array[5]", "array[null]::text[]")]
    public async Task A_posting_made_by_hand_creates_no_money(
        string what,
        string journals,
        string debits,
        string credits,
        string amounts,
        string holds
    )
    {
        await using BillingHouse house = Over(db);
        string victim = await VictimAsync(house);
        string sql = $"""
            select * from billing.post(
                array['psp', 'customer.available', 'customer.held'], array['', '{victim}', '{victim}'], array['CNY', 'CNY', 'CNY'],
                array['{house.NewId("jrn")}'], array['k'], array['s'], array['{house.NewId("key")}'], array[''::bytea],
                array['2030-01-15'::timestamptz], array[null::text], array[null::text], array['a'], array['r'],
                {journals}, {debits}, {credits}, {amounts}::bigint[], {holds.Replace(
                "'held'",
                $"'held:{victim}'",
                StringComparison.Ordinal
            )})
            """;
        string before = await BooksRight.PictureAsync(db.DataSource);
        string? state = await Catalog.StateAsync(db.DataSource, sql, commit: true);
        Assert.True(state is not null, $"not refused: {what}");
        Assert.Equal(before, await BooksRight.PictureAsync(db.DataSource));
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    [Theory]
    [InlineData("a spend that is not counted", "", "array[2]", "'[0:0]={{1}}'", "array[5000000]", "array[null::text]")]
    [InlineData("a debit that is not counted", "", "'[0:0]={{2}}'", "array[1]", "array[5000000]", "array[null::text]")]
    [InlineData("an amount that is not counted", "", "array[1]", "array[2]", "'[0:0]={{5000000}}'", "array[null::text]")]
    [InlineData("a hold that is not emptied", "", "array[3]", "array[1]", "array[5000000]", "'[0:0]={{held:{0}}}'")]
    [InlineData("kinds that are shifted", "[2:4]=", "array[3]", "array[1]", "array[5000000]", "array['held:{0}']")]
    public async Task A_single_posting_made_by_hand_creates_no_money(
        string what,
        string bounds,
        string debits,
        string credits,
        string amounts,
        string holds
    )
    {
        await using BillingHouse house = Over(db);
        string victim = await VictimAsync(house);
        string Fill(string argument) => string.Format(System.Globalization.CultureInfo.InvariantCulture, argument, victim);
        string sql = $$"""
            select * from billing.post_one(
                '{{bounds}}{commission,customer.available,customer.held}'::text[], array['', '{{victim}}', '{{victim}}'], array['CNY', 'CNY', 'CNY'],
                '{{house.NewId("jrn")}}', 'k', 's', '{{house.NewId("key")}}', '', '2030-01-15', null, null, 'a', 'r',
                {{Fill(debits)}}::integer[], {{Fill(credits)}}::integer[], {{Fill(amounts)}}::bigint[], {{Fill(holds)}}::text[])
            """;
        string before = await BooksRight.PictureAsync(db.DataSource);
        string? state = await Catalog.StateAsync(db.DataSource, sql, commit: true);
        Assert.True(state == "LG006", $"{state ?? "not refused"}: {what}");
        Assert.Equal(before, await BooksRight.PictureAsync(db.DataSource));
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    [Theory]
    [InlineData("select billing.open_hold('empty:{0}', '{0}', 'CNY', 5, now(), null)")]
    [InlineData("select billing.open_hold('negative:{0}', '{0}', 'CNY', -5, now(), null)")]
    [InlineData("select billing.resolve_hold('held:{0}', now())")]
    [InlineData("select billing.close_through('infinity')")]
    public async Task Half_of_an_act_is_refused(string sql)
    {
        await using BillingHouse house = Over(db);
        string victim = await VictimAsync(house);
        string? state = await Catalog.StateAsync(
            db.DataSource,
            string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, victim),
            commit: true
        );
        Assert.NotNull(state);
        await BooksRight.AssertAsync(house, db.DataSource);
        await house.TopUpAsync(victim, 1);
    }

    /// <summary>A customer with credit and a hold of the name that the calls guess.</summary>
    private static async Task<string> VictimAsync(BillingHouse house)
    {
        string victim = house.NewParty();
        await house.TopUpAsync(victim, 20);
        Ok(await house.HoldAsync(victim, 10, "held:" + victim));
        return victim;
    }
}
