using Marketplace.Billing.Payments.Bank;
using Marketplace.Platform.Monetary;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Bank;

/// <summary>Statements as banks write them.</summary>
public sealed class StatementFormTests
{
    [Fact]
    public void A_statement_is_read_with_its_balance_and_its_booked_entries()
    {
        var file = new CamtFile()
            .Entry("R-1", 25.50m, "Order 7", payer: "FR76 3000 6000 0112 3456 7890 189", endToEnd: "E2E-1")
            .Entry("R-2", 3, status: "PDNG")
            .Entry("R-3", 4.20m, "Fee", incoming: false, endToEnd: "NOTPROVIDED");
        var statement = Assert.Single(Ok(Camt.Read($"{file}")));
        Assert.Equal(("DE89370400440532013000", "STMT-1", Cny), (statement.Account, statement.Number, statement.Currency));
        Assert.Equal((Money(250.5m), new DateOnly(2030, 1, 5)), (statement.Closing, statement.ClosingOn));
        Assert.Equal(["R-1", "R-3"], statement.Movements.Select(m => m.Reference));
        var first = statement.Movements[0];
        Assert.Equal((Money(25.5m), true, new DateOnly(2030, 1, 5)), (first.Amount, first.Incoming, first.BookedOn));
        Assert.Equal(("Zhang & Co", "FR7630006000011234567890189"), (first.Counterparty, first.CounterpartyAccount));
        Assert.Equal(["Order 7", "E2E-1"], first.Texts);
        Assert.Equal((false, "Fee"), (statement.Movements[1].Incoming, statement.Movements[1].Details));
    }

    [Fact]
    public void Older_versions_and_notifications_are_read_as_well()
    {
        const string old = """
            <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn><Ntfctn><Id>N-1</Id>
            <Acct><Id><Othr><Id>6222 0000 1</Id></Othr></Id></Acct>
            <Ntry><Amt Ccy="CNY">7</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><DtTm>2030-02-03T10:00:00+08:00</DtTm></BookgDt>
            <AcctSvcrRef>A</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Old Payer</Nm></Dbtr></RltdPties>
            <RmtInf><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>
            </Ntfctn></BkToCstmrDbtCdtNtfctn></Document>
            """;
        var statement = Assert.Single(Ok(Camt.Read(old)));
        Assert.Equal(("622200001", "N-1", null), (statement.Account, statement.Number, statement.Closing));
        var movement = Assert.Single(statement.Movements);
        Assert.Equal(("Old Payer", "RF18", new DateOnly(2030, 2, 3)), (movement.Counterparty, movement.Details, movement.BookedOn));
    }

    [Fact]
    public void Transfers_gathered_in_one_entry_stand_by_themselves_when_they_make_up_the_whole()
    {
        static string Gathered(string second) =>
            $"""
                <Ntry><Amt Ccy="CNY">30</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2030-01-05</Dt></BookgDt>
                <AcctSvcrRef>G</AcctSvcrRef><NtryDtls>
                <TxDtls><Amt Ccy="CNY">10</Amt><RmtInf><Ustrd>one</Ustrd></RmtInf></TxDtls>
                <TxDtls><Amt Ccy="CNY">{second}</Amt><RmtInf><Ustrd>two</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
                """;
        var apart = Assert.Single(Ok(Camt.Read($"{new CamtFile().Raw(Gathered("20"))}"))).Movements;
        Assert.Equal([("G/1", Money(10), "one"), ("G/2", Money(20), "two")], apart.Select(m => (m.Reference, m.Amount, m.Details)));
        var whole = Assert.Single(Assert.Single(Ok(Camt.Read($"{new CamtFile().Raw(Gathered("19"))}"))).Movements);
        Assert.Equal(("G", Money(30), "one\ntwo"), (whole.Reference, whole.Amount, whole.Details));
    }

    [Fact]
    public void An_entry_without_the_bank_s_id_is_known_by_what_it_says()
    {
        static IReadOnlyList<string> References(CamtFile file) =>
            [.. Assert.Single(Ok(Camt.Read($"{file}"))).Movements.Select(m => m.Reference)];
        var twice = References(new CamtFile().Entry(null, 5, "same").Entry(null, 5, "same").Entry(null, 5, "other"));
        Assert.Equal(3, twice.Distinct(StringComparer.Ordinal).Count());
        // Another statement that shows the same entries gives them the same names.
        Assert.Equal(
            twice,
            References(new CamtFile(number: "STMT-2").Entry(null, 5, "same").Entry(null, 5, "same").Entry(null, 5, "other"))
        );
    }

    [Theory]
    [InlineData("<Document>", "is not XML")]
    [InlineData("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><d>&x;</d>", "is not XML")]
    [InlineData("<Document><BkToCstmrStmt/></Document>", "holds no bank statement")]
    [InlineData("<Document><B><Stmt><Id>1</Id></Stmt></B></Document>", "no id or no account")]
    public void What_is_no_statement_is_refused(string xml, string says) => RefusedFor(Camt.Read(xml), says);

    [Theory]
    [InlineData("<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "Entry 1 of statement STMT-1 has no amount in CNY.")]
    [InlineData("<Ntry><Amt Ccy=\"USD\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "Entry 1 of statement STMT-1 has no amount in CNY.")]
    [InlineData("<Ntry><Amt Ccy=\"CNY\">-5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "Entry 1 of statement STMT-1 has no amount in CNY.")]
    [InlineData("<Ntry><Amt Ccy=\"CNY\">5.001</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "has no amount in CNY.")]
    [InlineData("<Ntry><Amt Ccy=\"CNY\">5</Amt></Ntry>", "says nothing where CRDT or DBIT belongs.")]
    [InlineData("<Ntry><Amt Ccy=\"CNY\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "has no booking date.")]
    public void A_wrong_entry_is_named_and_the_file_refused(string entry, string says) =>
        RefusedFor(Camt.Read($"{new CamtFile().Raw(entry)}"), says);

    [Fact]
    public void A_currency_the_marketplace_does_not_use_is_refused() =>
        RefusedFor(Camt.Read($"{new CamtFile(currency: "XYZ").Entry("R", 1)}"), "is in XYZ");

    [Fact]
    public void A_table_is_read_by_its_columns_whatever_their_order()
    {
        const string csv = """
            Currency,reference,amount,account,booked_on,details,counterparty
            CNY,T-1,"25.50",6222 00 01,2030-01-05,"Top up, ABC",Zhang
            CNY,T-2,-4,62220001,2030-01-06,,
            USD,T-3,7,62220002,2030-01-06,,
            """;
        var statements = Ok(StatementCsv.Read(csv));
        Assert.Equal(
            [("62220001", "CNY", 2), ("62220002", "USD", 1)],
            statements.Select(s => (s.Account, s.Currency.Code, s.Movements.Count))
        );
        var movements = statements[0].Movements;
        Assert.Equal(
            (Money(25.5m), true, "Top up, ABC", "Zhang"),
            (movements[0].Amount, movements[0].Incoming, movements[0].Details, movements[0].Counterparty)
        );
        Assert.Equal(
            (Money(4), false, "", null),
            (movements[1].Amount, movements[1].Incoming, movements[1].Details, movements[1].Counterparty)
        );
    }

    [Theory]
    [InlineData("account,reference,booked_on,amount", "no column currency")]
    [InlineData("account,reference,booked_on,amount,currency", "holds no bank statement")]
    [InlineData("account,reference,booked_on,amount,currency\nA,R,2030-01-05,5,XYZ", "Line 2: the column currency")]
    [InlineData("account,reference,booked_on,amount,currency\nA,,2030-01-05,5,CNY", "Line 2: the account or the reference is missing.")]
    [InlineData("account,reference,booked_on,amount,currency\nA,R,5.1.2030,5,CNY", "Line 2: the column booked_on")]
    [InlineData("account,reference,booked_on,amount,currency\nA,R,2030-01-05,0,CNY", "Line 2: the column amount")]
    [InlineData("account,reference,booked_on,amount,currency\nA,R,2030-01-05,5,CNY\nA,S,2030-01-05,1.234,CNY", "Line 3: the column amount")]
    [InlineData("account,reference,booked_on,amount,currency\nA,R,2030-01-05,1e3,CNY", "Line 2: the column amount")]
    public void A_wrong_table_is_refused_with_its_line(string csv, string says) => RefusedFor(StatementCsv.Read(csv), says);

    private static void RefusedFor(Platform.Outcomes.Outcome<IReadOnlyList<BankStatement>> read, string says)
    {
        var error = Assert.Single(Refused(read).Errors);
        Assert.Equal("/content", error.Pointer);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }
}
