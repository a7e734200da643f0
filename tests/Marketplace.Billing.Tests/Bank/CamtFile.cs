using System.Globalization;
using System.Text;

namespace Marketplace.Billing.Tests.Bank;

/// <summary>Writes camt.053.001.08 as a bank would: one statement, its entries in order.</summary>
internal sealed class CamtFile(string account = "DE89370400440532013000", string currency = "CNY", string number = "STMT-1")
{
    private readonly StringBuilder entries = new();

    public CamtFile Entry(
        string? reference,
        decimal amount,
        string text = "",
        bool incoming = true,
        string status = "BOOK",
        string? endToEnd = null,
        string? payer = null,
        bool reversal = false
    )
    {
        string side = incoming ? "Dbtr" : "Cdtr";
        entries.Append(
            CultureInfo.InvariantCulture,
            $"""
            <Ntry>
              <Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{(incoming ? "CRDT" : "DBIT")}</CdtDbtInd>
              {(reversal ? "<RvslInd>true</RvslInd>" : "")}
              <Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>2030-01-05</Dt></BookgDt>
              {(reference is null ? "" : $"<AcctSvcrRef>{reference}</AcctSvcrRef>")}
              <NtryDtls><TxDtls>
                <Refs>{(endToEnd is null ? "" : $"<EndToEndId>{endToEnd}</EndToEndId>")}</Refs>
                <RltdPties>
                  <{side}><Pty><Nm>Zhang &amp; Co</Nm></Pty></{side}>
                  {(payer is null ? "" : $"<{side}Acct><Id><IBAN>{payer}</IBAN></Id></{side}Acct>")}
                </RltdPties>
                <RmtInf><Ustrd>{text}</Ustrd></RmtInf>
              </TxDtls></NtryDtls>
            </Ntry>
            """
        );
        return this;
    }

    public CamtFile Raw(string xml)
    {
        entries.Append(xml);
        return this;
    }

    public override string ToString() =>
        $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>
            <Stmt><Id>{number}</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>
            <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2030-01-04</Dt></Dt></Bal>
            <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">250.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2030-01-05</Dt></Dt></Bal>
            {entries}
            </Stmt></BkToCstmrStmt></Document>
            """;
}
