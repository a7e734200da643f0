using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Tests;

/// <summary>The rules of one customer's money in plain numbers, written without looking at the product's.</summary>
internal sealed class LedgerOracle(IEnumerable<ContractTerms> terms)
{
    private readonly Queue<long> debts = new();

    public Dictionary<string, Contract> Contracts { get; } =
        terms.ToDictionary(t => t.ContractId, t => new Contract(t), StringComparer.Ordinal);
    public long Available { get; set; }
    public long Promo { get; set; }
    public long Held => Contracts.Values.Sum(c => c.HeldPromo + c.HeldOwn);
    public long Debt => debts.Sum();
    public long CenterPending => Contracts.Values.Sum(c => c.Center);

    public void TopUp(long micros)
    {
        Available += micros;
        PayDebts();
    }

    public string Hold(Contract contract, long micros)
    {
        if (contract.Opened is { } opened)
            return opened == micros ? "" : "hold-exists";
        if (Available + Promo < micros)
            return "insufficient-funds";
        contract.Opened = micros;
        MoveIn(contract, micros);
        return "";
    }

    public string Grow(Contract contract, long micros)
    {
        if (contract.Opened is null)
            return "not-found";
        if (contract.Released)
            return "hold-resolved";
        if (Available + Promo < micros)
            return "insufficient-funds";
        MoveIn(contract, micros);
        return "";
    }

    public long Charge(Contract contract)
    {
        decimal net = decimal.Round(contract.Seconds * contract.Terms.RetailPerCardHour / 3600, 12, MidpointRounding.ToEven);
        long total = Micros(net) + Micros(net * 0.19m);
        long delta = total - contract.Charged;
        contract.Charged = total;
        contract.Center = Split.ByLargestRemainder(
            Micros(net),
            [
                contract.Terms.WholesalePerCardHour,
                contract.Terms.RetailPerCardHour * 0.95m - contract.Terms.WholesalePerCardHour,
                contract.Terms.RetailPerCardHour * 0.05m,
            ]
        )[0];
        long left = delta;
        long promo = Math.Min(left, contract.HeldPromo);
        contract.HeldPromo -= promo;
        left -= promo;
        long own = Math.Min(left, contract.HeldOwn);
        contract.HeldOwn -= own;
        contract.Owed += left - own;
        return delta;
    }

    public void Release(Contract contract)
    {
        if (contract.Opened is not null)
            contract.Released = true;
        Promo += contract.HeldPromo;
        Available += contract.HeldOwn;
        contract.HeldPromo = contract.HeldOwn = 0;
        PayDebts();
    }

    /// <summary>One invoice of everything the contracts have not been invoiced for.</summary>
    /// <returns>Its total.</returns>
    public long Invoice(params IReadOnlyCollection<Contract> contracts)
    {
        long exact = contracts.Sum(c => c.Charged - c.Invoiced);
        long total = (long)decimal.Round(exact / 10_000m, 0, MidpointRounding.ToEven) * 10_000;
        long due = contracts.Sum(c => c.Owed) + total - exact;
        foreach (Contract contract in contracts)
        {
            contract.Invoiced = contract.Charged;
            contract.Owed = 0;
        }
        if (due > 0)
            debts.Enqueue(due);
        else
            Available -= due;
        PayDebts();
        return total;
    }

    private void MoveIn(Contract contract, long micros)
    {
        long promo = Math.Min(Promo, micros);
        Promo -= promo;
        Available -= micros - promo;
        contract.HeldPromo += promo;
        contract.HeldOwn += micros - promo;
    }

    private void PayDebts()
    {
        while (Available > 0 && debts.TryPeek(out long debt))
        {
            if (debt > Available)
            {
                // Part of the oldest: the rest stays first in line.
                long[] rest = [.. debts.Skip(1)];
                debts.Clear();
                debts.Enqueue(debt - Available);
                foreach (long other in rest)
                    debts.Enqueue(other);
                Available = 0;
                return;
            }
            Available -= debt;
            debts.Dequeue();
        }
    }

    private static long Micros(decimal amount) => (long)decimal.Round(amount * 1_000_000, 0, MidpointRounding.ToEven);

    internal sealed class Contract(ContractTerms terms)
    {
        public ContractTerms Terms => terms;
        public decimal Seconds { get; set; }
        public int Minutes { get; set; }
        public long? Opened { get; set; }
        public bool Released { get; set; }
        public bool Ended { get; set; }
        public long HeldPromo { get; set; }
        public long HeldOwn { get; set; }
        public long Charged { get; set; }
        public long Invoiced { get; set; }
        public long Owed { get; set; }
        public long Center { get; set; }
    }
}
