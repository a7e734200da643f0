using Marketplace.Billing.Contracts;
using Marketplace.Billing.Exports;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>A statement as a table: opening, each movement with the balance after it, closing, and the charges by contract.</summary>
internal static class StatementCsv
{
    private static readonly string[] Columns =
    [
        "Row",
        "At",
        "Kind",
        "JournalId",
        "ContractId",
        "Description",
        "Quantity",
        "Unit",
        "UnitPrice",
        "Billed",
        "Amount",
        "Balance",
        "Currency",
    ];

    public static string Write(StatementView statement)
    {
        var csv = new CsvWriter();
        foreach (string column in Columns)
            csv.Text(column);
        csv.EndRow();
        Balance(csv, statement, "Opening", statement.PeriodStart, statement.Opening.Amount);
        foreach (StatementLine line in statement.Lines)
        {
            csv.Text("Movement");
            csv.Time(line.At);
            csv.Text(line.Kind);
            csv.Text(line.JournalId);
            csv.Text(line.ContractId);
            csv.Text(line.Description);
            for (int i = 0; i < 4; i++)
                csv.Text(null);
            csv.Number(line.Amount.Amount);
            csv.Number(line.Balance.Amount);
            csv.Text(statement.Currency.Code);
            csv.EndRow();
        }
        Balance(csv, statement, "Closing", statement.PeriodEnd, statement.Closing.Amount);
        foreach (StatementContract contract in statement.Contracts)
        {
            csv.Text("Contract");
            csv.Time(null);
            csv.Text("charge");
            csv.Text(null);
            csv.Text(contract.ContractId);
            csv.Text(contract.Description);
            csv.Number(contract.Quantity);
            csv.Text(contract.Unit);
            csv.Number(contract.UnitPrice);
            csv.Number(contract.Billed.Amount);
            csv.Number(contract.Earned.Amount);
            csv.Number(null);
            csv.Text(statement.Currency.Code);
            csv.EndRow();
        }
        return csv.Buffer.ToString();
    }

    private static void Balance(CsvWriter csv, StatementView statement, string row, DateTimeOffset at, decimal balance)
    {
        csv.Text(row);
        csv.Time(at);
        for (int i = 0; i < 9; i++)
            csv.Text(null);
        csv.Number(balance);
        csv.Text(statement.Currency.Code);
        csv.EndRow();
    }
}
