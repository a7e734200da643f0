using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Rating;

/// <summary>Costs and earnings as the acting party sees them. The DbContext's party filter hides other parties' trades.</summary>
internal sealed class CostReader(MarketplaceDbContext db, ActorContext actor, ChargeStates states)
{
    public async Task<ContractCost?> FindAsync(string contractId, CancellationToken ct)
    {
        var row = await db.Set<ContractCostRow>().AsNoTracking().FirstOrDefaultAsync(c => c.ContractId == contractId, ct);
        return row is null ? null : View(row);
    }

    public async Task<IReadOnlyDictionary<string, ContractCost>> FindManyAsync(
        IReadOnlyCollection<string> contractIds,
        CancellationToken ct
    )
    {
        var rows = await db.Set<ContractCostRow>().AsNoTracking().Where(c => contractIds.Contains(c.ContractId)).ToListAsync(ct);
        return rows.ToDictionary(r => r.ContractId, View, StringComparer.Ordinal);
    }

    public async Task<Page<ChargeView>> ChargesAsync(ChargeQuery query, CancellationToken ct)
    {
        Side? asked = Sides.Parse(query.Side);
        IQueryable<RatedLineRow> lines = OfSide(db.Set<RatedLineRow>().AsNoTracking(), asked);
        if (query.ContractId is { } contract)
            lines = lines.Where(l => l.ContractId == contract);
        if (query.OrderId is { } order)
            lines = lines.Where(l => l.OrderId == order);
        if (query.From is { } from)
            lines = lines.Where(l => l.WindowFrom >= from.ToUniversalTime());
        if (query.To is { } to)
            lines = lines.Where(l => l.WindowFrom < to.ToUniversalTime());
        var page = await ChargeSorting.For(actor.Current, asked).PageAsync(lines, query, total: null, ct);
        List<string> contracts = [.. page.Items.Select(l => l.ContractId).Distinct(StringComparer.Ordinal)];
        var terms = await db.Set<ContractTermsRow>()
            .AsNoTracking()
            .Where(t => contracts.Contains(t.ContractId))
            .ToDictionaryAsync(t => t.ContractId, StringComparer.Ordinal, ct);
        var prices = await db.Set<PriceVersionRow>()
            .AsNoTracking()
            .Where(p => contracts.Contains(p.ContractId))
            .ToDictionaryAsync(p => (p.ContractId, p.Meter, p.Version), ct);
        var standing = await states.OfAsync(page.Items, ct);
        return page.Select(l => standing(l, Charge(l, terms[l.ContractId], prices[(l.ContractId, l.Meter, l.PriceVersion)], asked)));
    }

    private ChargeView Charge(RatedLineRow line, ContractTermsRow terms, PriceVersionRow price, Side? asked)
    {
        Side side = Sides.Of(actor.Current, line, asked);
        var (amount, tax) = Sides.Amounts(side, Currency.Parse(line.Currency), line.Net, line.Tax, line.Center, line.Operator);
        return new ChargeView(
            line.Id,
            line.ContractId,
            line.OrderId,
            terms.Description,
            terms.DeviceModel,
            line.Meter,
            line.Quantity,
            Sides.UnitPrice(side, price, terms.CommissionRate),
            amount,
            tax,
            line.WindowFrom,
            line.WindowTo,
            line.JournalId ?? ""
        )
        {
            Unit = price.Unit,
            QuantityPerUnit = price.QuantityPerUnit,
            Adjustment = line.Adjustment,
        };
    }

    private IQueryable<RatedLineRow> OfSide(IQueryable<RatedLineRow> lines, Side? asked)
    {
        string me = actor.Current.PartyId;
        return actor.Current.SeesAll
            ? lines
            : asked switch
            {
                Side.Customer => lines.Where(l => l.CustomerId == me),
                Side.Operator => lines.Where(l => l.OperatorId == me),
                Side.Center => lines.Where(l => l.CenterId == me),
                _ => lines,
            };
    }

    private ContractCost View(ContractCostRow row)
    {
        var (net, tax) = Sides.Amounts(
            Sides.Of(actor.Current, row),
            Currency.Parse(row.Currency),
            row.Net,
            row.Tax,
            row.Center,
            row.Operator
        );
        return new ContractCost(row.ContractId, net, tax, net + tax, row.Quantity, row.Through);
    }
}
