using System.Globalization;
using System.Text;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Exports;

/// <summary>Checks what is asked, then writes page after page: at most one page of rows is in memory.</summary>
internal sealed class FocusExport(
    ExportReader reader,
    IPartyNames names,
    IContractPlaces places,
    ActorContext actor,
    IOptions<BillingOptions> options
) : IExports
{
    private const int MostNames = 2_000;

    public Outcome<FileDownload> Focus(FocusQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        Actor viewer = actor.Current;
        string party = query.PartyId ?? viewer.PartyId;
        if (!viewer.SeesAll && party != viewer.PartyId)
            return Problem.Forbidden("You can export your own organisation's books only. Leave partyId out.");
        if (party.Length == 0)
            return Wrong("partyId", "Nobody's books are asked for.", "Add ?partyId= with an organisation.");
        if (VersionOf(query.Version) is not { } version)
            return Wrong("version", $"'{query.Version}' is not a version that is exported here.", "Use 1.4 or 1.3.");
        if (query.Format != "csv")
            return Wrong("format", $"'{query.Format}' is not a format that is exported here.", "Use csv.");
        if (query.Role is not null && Sides.Parse(query.Role) is null)
            return Wrong("role", $"'{query.Role}' is not a role.", "Use customer, operator or center.");
        if (query.To <= query.From)
            return Wrong("to", "The period ends before it starts.", "Choose an end after the start.");
        Side side = Sides.Parse(query.Role) ?? Sides.FirstOf(viewer.Kinds);
        var scope = new ExportScope(party, side, query.From.ToUniversalTime(), query.To.ToUniversalTime());
        return new FileDownload(
            string.Create(
                CultureInfo.InvariantCulture,
                $"focus-{query.Version}-{side.ToString().ToLowerInvariant()}-{scope.From:yyyyMMdd}-{scope.To:yyyyMMdd}.csv"
            ),
            "text/csv; charset=utf-8",
            (stream, ct) => WriteAsync(scope, version, stream, ct)
        );
    }

    /// <summary>The document, to a stream that may only be written asynchronously.</summary>
    public async Task WriteAsync(ExportScope scope, FocusVersion version, Stream stream, CancellationToken ct)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var columns = FocusColumns.Of(version, scope.Side);
        var csv = new CsvWriter();
        foreach (FocusColumn column in columns)
            csv.Text(column.Id);
        csv.EndRow();
        await SendAsync(csv, stream, ct);
        await foreach (var page in reader.LinesAsync(scope, ct))
        {
            var rows = await RowsAsync(
                scope,
                known,
                page.SelectMany(l => new[] { l.CustomerId, l.OperatorId, l.CenterId }),
                page.Select(l => l.ContractId),
                ct
            );
            Write(csv, columns, page.SelectMany(rows.Of));
            await SendAsync(csv, stream, ct);
        }
        await foreach (var page in reader.ReservationsAsync(scope, ct))
        {
            var rows = await RowsAsync(scope, known, page.Select(r => r.OperatorId), [], ct);
            Write(csv, columns, page.SelectMany(rows.Of));
            await SendAsync(csv, stream, ct);
        }
        await foreach (var page in reader.JournalsAsync(scope, ct))
        {
            var rows = await RowsAsync(
                scope,
                known,
                page.SelectMany(j => new[] { j.CustomerId, j.OperatorId, j.CenterId }).OfType<string>(),
                page.Select(j => j.ContractId).OfType<string>(),
                ct
            );
            Write(csv, columns, page.SelectMany(rows.Of));
            await SendAsync(csv, stream, ct);
        }
    }

    private async Task<FocusRows> RowsAsync(
        ExportScope scope,
        Dictionary<string, string> known,
        IEnumerable<string> parties,
        IEnumerable<string> contracts,
        CancellationToken ct
    )
    {
        // A network with very many customers must not fill the memory with names.
        if (known.Count > MostNames)
            known.Clear();
        foreach (string party in parties.Append(scope.PartyId).Distinct(StringComparer.Ordinal))
        {
            if (!known.ContainsKey(party))
                known[party] = await names.NameAsync(party, ct) ?? party;
        }
        var found = await places.FindManyAsync([.. contracts.Distinct(StringComparer.Ordinal)], ct);
        return new FocusRows(scope.Side, scope.PartyId, options.Value.InvoiceIssuer, id => known[id], id => found.GetValueOrDefault(id));
    }

    private static void Write(CsvWriter csv, IReadOnlyList<FocusColumn> columns, IEnumerable<FocusRow> rows)
    {
        foreach (FocusRow row in rows)
        {
            foreach (FocusColumn column in columns)
                column.Write(csv, row);
            csv.EndRow();
        }
    }

    private static async Task SendAsync(CsvWriter csv, Stream stream, CancellationToken ct)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(csv.Buffer.ToString()), ct);
        csv.Buffer.Clear();
        await stream.FlushAsync(ct);
    }

    private static FocusVersion? VersionOf(string version) =>
        version switch
        {
            "1.3" => FocusVersion.V13,
            "1.4" => FocusVersion.V14,
            _ => null,
        };

    private static Outcome<FileDownload> Wrong(string parameter, string message, string fix) =>
        Problem.Invalid("?" + parameter, message, fix);
}
