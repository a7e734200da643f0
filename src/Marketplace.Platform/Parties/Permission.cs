using Marketplace.Platform.Outcomes;

namespace Marketplace.Platform.Parties;

/// <summary>What can be permitted. A credential's scope carries the same name in kebab-case, such as <c>orders-write</c>.</summary>
public enum Permission
{
    MarketRead,
    OrdersRead,
    OrdersWrite,
    WorkloadsWrite,
    SupplyRead,
    SupplyWrite,
    OffersWrite,
    MoneyRead,
    MoneyWrite,
    TeamRead,
    TeamWrite,
    AuditRead,
    PlatformRead,
    PlatformWrite,
}

/// <summary>The one table that says which role, kind and scope may do what.</summary>
public static class Permissions
{
    private static readonly Dictionary<Permission, (MemberRole Least, PartyKinds Kinds, string Scope)> Table = new()
    {
        [Permission.MarketRead] = (
            MemberRole.Viewer,
            PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform,
            "market-read"
        ),
        [Permission.OrdersRead] = (
            MemberRole.Viewer,
            PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform,
            "orders-read"
        ),
        [Permission.OrdersWrite] = (MemberRole.Member, PartyKinds.Customer, "orders-write"),
        [Permission.WorkloadsWrite] = (MemberRole.Member, PartyKinds.Customer, "workloads-write"),
        [Permission.SupplyRead] = (MemberRole.Viewer, PartyKinds.Center | PartyKinds.Operator | PartyKinds.Platform, "supply-read"),
        [Permission.SupplyWrite] = (MemberRole.Admin, PartyKinds.Center, "supply-write"),
        [Permission.OffersWrite] = (MemberRole.Admin, PartyKinds.Operator, "offers-write"),
        [Permission.MoneyRead] = (
            MemberRole.Finance,
            PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform,
            "money-read"
        ),
        [Permission.MoneyWrite] = (MemberRole.Finance, PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer, "money-write"),
        [Permission.TeamRead] = (
            MemberRole.Viewer,
            PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform,
            "team-read"
        ),
        [Permission.TeamWrite] = (
            MemberRole.Admin,
            PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform,
            "team-write"
        ),
        [Permission.AuditRead] = (
            MemberRole.Admin,
            PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform,
            "audit-read"
        ),
        [Permission.PlatformRead] = (MemberRole.Viewer, PartyKinds.Platform, "platform-read"),
        [Permission.PlatformWrite] = (MemberRole.Admin, PartyKinds.Platform, "platform-write"),
    };

    /// <summary>Every scope an API key or client can be given.</summary>
    public static IReadOnlyList<string> AllScopes { get; } = [.. Table.Values.Select(r => r.Scope)];

    public static string ScopeOf(Permission permission) => Table[permission].Scope;

    public static bool Allows(this Actor actor, Permission permission)
    {
        ArgumentNullException.ThrowIfNull(actor);
        var (least, kinds, scope) = Table[permission];
        return actor.IsSystem
            || (actor.Role >= least && (actor.Kinds & kinds) != PartyKinds.None && (actor.Scopes is null || actor.Scopes.Contains(scope)));
    }

    /// <summary>null when permitted, else a problem that says what is missing.</summary>
    public static Problem? Check(this Actor actor, Permission permission)
    {
        if (actor.Allows(permission))
            return null;
        var (least, kinds, scope) = Table[permission];
        string why =
            (actor.Kinds & kinds) == PartyKinds.None ? $"This needs an organisation that is one of: {kinds}."
            : actor.Role < least ? $"This needs the role {least} or higher. Ask an owner of your organisation."
            : $"This credential lacks the scope '{scope}'. Make one that has it.";
        return Problem.Forbidden(why);
    }
}
