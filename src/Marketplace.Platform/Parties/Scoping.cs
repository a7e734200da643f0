namespace Marketplace.Platform.Parties;

/// <summary>A row that belongs to one party: others neither read nor write it.</summary>
public interface IPartyOwned
{
    string PartyId { get; }
}

/// <summary>A row of a trade: its customer, operator and center read it. Which columns each sees is decided by the views.</summary>
public interface ITradeShared
{
    string CustomerId { get; }
    string OperatorId { get; }
    string CenterId { get; }
}

/// <summary>A row every party may read, with the reason. Writing still needs a handler that checks the owner.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class GlobalAttribute(string reason) : Attribute
{
    public string Reason { get; } = reason;
}
