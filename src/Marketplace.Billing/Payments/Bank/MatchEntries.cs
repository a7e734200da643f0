using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments.Bank;

/// <summary>
/// Books what the bank's open entries explain, each in a transaction of its own: a process that is killed meanwhile leaves the rest open for the next
/// time.
/// </summary>
internal sealed class MatchEntries(
    MarketplaceDbContext db,
    TransferDesk transfers,
    PayoutStore payouts,
    FinishPayout finish,
    LocalPaymentProvider bank,
    IChangeFeed changes,
    TimeProvider time
)
{
    /// <returns>How many entries were booked.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var open = await db.Set<BankEntryRow>()
            .AsNoTracking()
            .Where(e => e.State == BankEntryState.Open && !e.Reversal)
            .OrderBy(e => e.Id)
            .ToListAsync(ct);
        if (open.Count == 0)
            return 0;
        List<Awaited> awaited = await AwaitedAsync(ct);
        var matching = new BankMatching(awaited);
        var byHand = await BookedByHandAsync([.. open.Select(e => e.Reference)], ct);
        var payers = await PayersAsync(
            [.. open.Where(e => e is { Incoming: true, PartyId: null }).Select(e => e.CounterpartyAccount).OfType<string>()],
            ct
        );
        int booked = 0;
        foreach (BankEntryRow entry in open)
        {
            var amount = new Money(entry.Amount, Currency.Parse(entry.Currency));
            string[] texts = entry.Details.Split('\n');
            Awaited? found =
                byHand[entry.Reference].FirstOrDefault(a => a.Incoming == entry.Incoming && a.Amount == amount)
                ?? matching.Find(amount, entry.Incoming, texts);
            if (found is not null && await db.InTransactionAsync(t => BookAsync(entry.Id, found, t), ct, done => done))
            {
                booked++;
                if (entry is { Incoming: true, CounterpartyAccount: { } from })
                    payers[from] = found.PartyId;
            }
            // Whose reference it names, or who paid from this account before.
            else if (
                entry.PartyId is null
                && (
                    matching.PartyOf(entry.Incoming, texts)
                    ?? (entry is { Incoming: true, CounterpartyAccount: { } payer } ? payers.GetValueOrDefault(payer) : null)
                )
                    is { } party
            )
                await db.InTransactionAsync(t => SupposeAsync(entry.Id, party, t), ct);
        }
        return booked;
    }

    /// <summary>The entry, locked until the transaction ends; null when there is none.</summary>
    public Task<BankEntryRow?> LockAsync(string entryId, CancellationToken ct) =>
        db.Set<BankEntryRow>()
            .FromSql($"select * from billing.bank_entry where id = {entryId} for update")
            .AsTracking()
            .FirstOrDefaultAsync(ct);

    /// <summary>Notes on a locked entry what it stands for.</summary>
    public void Book(BankEntryRow entry, Awaited to)
    {
        entry.State = BankDesk.States.Move(entry.State, BankEntryState.Booked);
        (entry.PartyId, entry.DecidedAt) = (to.PartyId, time.GetUtcNow());
        switch (to.Kind)
        {
            case AwaitedKind.Payment:
                entry.PaymentId = to.Id;
                break;
            case AwaitedKind.Refund:
                entry.RefundId = to.Id;
                break;
            default:
                entry.PayoutId = to.Id;
                break;
        }
        db.Audit("bank-entry.booked", "bank entry", entry.Id, $"{to.Amount}: {to.Id}");
    }

    // False when it stands for something else by now, or was decided meanwhile: then it is left as it is.
    private async Task<bool> BookAsync(string entryId, Awaited to, CancellationToken ct)
    {
        await db.TakeTurnAsync(TransferDesk.Turn, ct);
        if (await LockAsync(entryId, ct) is not { State: BankEntryState.Open } entry)
            return false;
        if (await db.Set<BankEntryRow>().AnyAsync(e => e.PaymentId == to.Id || e.RefundId == to.Id || e.PayoutId == to.Id, ct))
            return false;
        bool done = to.Kind switch
        {
            AwaitedKind.Payment => (await transfers.BookAsync(to.Id, entry.Reference, ct)).IsOk,
            AwaitedKind.Refund => (
                await transfers.EndAsync(to.Id, new ProviderRefund(entry.Reference, RefundState.Succeeded, Failure: null), ct)
            ).IsOk,
            _ => await PaidOutAsync(to, entry.Reference, ct),
        };
        if (!done)
            return false;
        Book(entry, to);
        changes.Announce(BankDesk.Topic);
        await db.SaveChangesAsync(ct);
        return true;
    }

    private async Task<bool> PaidOutAsync(Awaited to, string reference, CancellationToken ct)
    {
        await db.TakeTurnAsync(PayoutStore.Turn(to.PartyId), ct);
        PayoutRow row = (await payouts.LockAsync(to.Id, ct))!;
        if (row is { State: PayoutState.Paid } && row.BankReference == reference)
            return true;
        if (row is not { State: PayoutState.Submitted, Provider: BankTransferProvider.ProviderName })
            return false;
        await finish.FinishAsync(row, PayoutState.Paid, reference, reason: null, ct);
        return true;
    }

    private async Task<bool> SupposeAsync(string entryId, string partyId, CancellationToken ct)
    {
        if (await LockAsync(entryId, ct) is not { State: BankEntryState.Open } entry)
            return false;
        entry.PartyId = partyId;
        await db.SaveChangesAsync(ct);
        return true;
    }

    // Whose money came from each of these accounts the last time.
    private async Task<Dictionary<string, string>> PayersAsync(string[] accounts, CancellationToken ct) =>
        accounts.Length == 0
            ? new(StringComparer.Ordinal)
            : (
                await db.ReadAsync(
                    """
                    select distinct on (counterparty_account) counterparty_account, party_id from billing.bank_entry
                    where counterparty_account = any ($1) and state = 'Booked' and incoming order by counterparty_account, id desc
                    """,
                    r => (Account: r.GetString(0), PartyId: r.GetString(1)),
                    ct,
                    (object)accounts
                )
            ).ToDictionary(r => r.Account, r => r.PartyId, StringComparer.Ordinal);

    private async Task<List<Awaited>> AwaitedAsync(CancellationToken ct) =>
        [
            .. (await Transferred().Where(p => p.State == PaymentState.RequiresAction).ToListAsync(ct)).Select(Of),
            .. (
                await db.Set<RefundRow>()
                    .AsNoTracking()
                    .Where(r => r.State == RefundState.Pending && Transferred().Any(p => p.Id == r.PaymentId))
                    .ToListAsync(ct)
            ).Select(Of),
            .. (await ByBank().Where(p => p.State == PayoutState.Submitted).ToListAsync(ct)).Select(Of),
        ];

    // What the desk booked with the bank's reference before the statement came.
    private async Task<ILookup<string, Awaited>> BookedByHandAsync(List<string> references, CancellationToken ct)
    {
        List<(string Reference, Awaited Is)> booked =
        [
            .. (await Transferred().Where(p => references.Contains(p.ChargeReference!)).ToListAsync(ct)).Select(p =>
                (p.ChargeReference!, Of(p))
            ),
            .. (
                await db.Set<RefundRow>()
                    .AsNoTracking()
                    .Where(r => references.Contains(r.ProviderReference!) && Transferred().Any(p => p.Id == r.PaymentId))
                    .ToListAsync(ct)
            ).Select(r => (r.ProviderReference!, Of(r))),
            .. (await ByBank().Where(p => references.Contains(p.BankReference!)).ToListAsync(ct)).Select(p => (p.BankReference!, Of(p))),
        ];
        return booked.ToLookup(b => b.Reference, b => b.Is, StringComparer.Ordinal);
    }

    private IQueryable<PaymentRow> Transferred() => db.Set<PaymentRow>().AsNoTracking().Where(p => p.Provider == bank.Name);

    private IQueryable<PayoutRow> ByBank() =>
        db.Set<PayoutRow>().AsNoTracking().Where(p => p.Provider == BankTransferProvider.ProviderName);

    private static Awaited Of(PaymentRow payment) => new(AwaitedKind.Payment, payment.Id, payment.PartyId, payment.Money());

    private static Awaited Of(RefundRow refund) => new(AwaitedKind.Refund, refund.Id, refund.PartyId, refund.Money());

    private static Awaited Of(PayoutRow payout) => new(AwaitedKind.Payout, payout.Id, payout.PartyId, PayoutStore.AmountOf(payout));
}
