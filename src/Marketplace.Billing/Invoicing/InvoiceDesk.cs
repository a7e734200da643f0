using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>The module's face for invoices and statements.</summary>
internal sealed class InvoiceDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    IssueInvoice issue,
    OpenInvoices open,
    InvoiceViews views,
    DraftSums drafts,
    WriteOff writeOff,
    StatementReader statements,
    IMetering metering,
    TimeProvider time
) : IInvoices
{
    // A draft is not issued yet: it stands after what is.
    private static readonly DateTimeOffset NotYet = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly KeySorting<InvoiceRow> Sorting = KeySorting<InvoiceRow>
        .NewestFirst("createdAt", i => i.Id)
        .By("number", i => i.Number ?? "")
        .By("periodStart", i => i.PeriodStart)
        .By("issuedAt", i => i.IssuedAt ?? NotYet)
        .By("total", i => i.Currency, i => i.Total)
        .By("open", i => i.Currency, i => i.Due - i.Collected - i.Credited)
        .By("dueAt", i => i.DueAt ?? NotYet);

    public async Task<Page<InvoiceView>> ListAsync(InvoiceQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<InvoiceRow> invoices = db.Set<InvoiceRow>().AsNoTracking();
        if (query.State is { } state)
            invoices = invoices.Where(i => i.State == state);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string search = $"%{query.Search.Trim()}%";
            invoices = invoices.Where(i =>
                EF.Functions.ILike(i.Id, search) || EF.Functions.ILike(i.Number!, search) || EF.Functions.ILike(i.CustomerName, search)
            );
        }
        long? total = query.Cursor is null ? await invoices.LongCountAsync(ct) : null;
        Page<InvoiceRow> page = await Sorting.PageAsync(invoices, query, total, ct);
        var sums = await drafts.OfAsync(page.Items, ct);
        return page.Select(i => InvoiceViews.View(i, sums.GetValueOrDefault(i.Id), []));
    }

    public async Task<InvoiceView?> FindAsync(string invoiceId, CancellationToken ct)
    {
        var row = await db.Set<InvoiceRow>().AsNoTracking().FirstOrDefaultAsync(i => i.Id == invoiceId, ct);
        return row is null ? null : await views.WholeAsync(row, ct);
    }

    public async Task<Outcome<InvoiceView>> WriteOffAsync(string invoiceId, string reason, CancellationToken ct)
    {
        Outcome<Done> done = await writeOff.RunAsync(invoiceId, reason, ct);
        return done.IsOk ? (await FindAsync(invoiceId, ct))! : done.Problem;
    }

    public async Task<int> CloseAsync(DateTimeOffset periodEnd, CancellationToken ct)
    {
        if (!actor.Current.SeesAll)
            throw new InvalidOperationException("Only the system and the network desk close a period.");
        DateTimeOffset end = periodEnd.ToUniversalTime();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, time.GetUtcNow(), nameof(periodEnd));
        int made = 0;
        bool waits = false;
        foreach (var invoice in await open.ThroughAsync(end, ct))
        {
            // Unknown is not zero: a silent source is waited for.
            if (!await metering.IsCompleteAsync(invoice.CustomerId, end, ct))
            {
                waits = true;
                continue;
            }
            // One commit per invoice: a stop in between loses nothing, and the next run goes on with the rest.
            if (await db.InTransactionAsync(t => issue.OfMonthAsync(invoice.Id, invoice.CustomerId, invoice.Currency, t), ct) is not null)
                made++;
            // Thousands are made in one scope: what is written need not be kept in memory.
            db.ChangeTracker.Clear();
        }
        // Closing waits for postings in flight, so books that are closed already are left alone.
        var behind = await db.ReadAsync("select closed_through < $1 from billing.ledger_clock", r => r.GetBoolean(0), ct, end);
        if (behind is [true] && !waits)
            await db.InTransactionAsync(t => CloseBooksAsync(end, t), ct);
        return made;
    }

    public async Task<Outcome<InvoiceView>> InvoiceContractAsync(string contractId, CancellationToken ct)
    {
        var cost = await db.Set<ContractCostRow>().AsNoTracking().FirstOrDefaultAsync(c => c.ContractId == contractId, ct);
        if (cost is null || !(actor.Current.SeesAll || actor.Current.PartyId == cost.CustomerId))
            return Problem.NotFound("contract", contractId);
        if (cost.EndedAt is null)
            return Problem.Conflict(
                "contract-running",
                "This contract is still running. Its usage is invoiced when it ends or with the month."
            );
        string? id = await db.InTransactionAsync(
            t => issue.OfContractAsync(cost.CustomerId, Currency.Parse(cost.Currency), contractId, t),
            ct
        );
        id ??= await db.Set<InvoiceLineRow>().Where(l => l.ContractId == contractId).MaxAsync(l => (string?)l.InvoiceId, ct);
        return id is null
            ? Problem.Conflict("nothing-to-invoice", "This contract was charged nothing, so there is no invoice.")
            : (await FindAsync(id, ct))!;
    }

    public async Task<Outcome<StatementView>> StatementAsync(
        string partyId,
        string role,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    )
    {
        if (!actor.Current.SeesAll && actor.Current.PartyId != partyId)
            return Problem.NotFound("statement of party", partyId);
        if (Ledger.Chart.OfRole(role).Count == 0)
            return Problem.Invalid("/role", $"'{role}' is not a role.", "Use customer, center or operator.");
        if (to <= from)
            return Problem.Invalid("/to", "The period ends before it starts.", "Choose an end after the start.");
        return await statements.ReadAsync(partyId, role, currency, from, to, ct);
    }

    private async Task<bool> CloseBooksAsync(DateTimeOffset end, CancellationToken ct)
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add("select billing.close_through($1)", end);
        await batch.ExecuteNonQueryAsync(ct);
        return true;
    }
}
