using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Access;

/// <summary>What is asked for: a verb on a resource (or subresource), perhaps in a namespace, perhaps by name.</summary>
internal sealed record AccessRequest(string Verb, string Group, string Resource, string? Namespace, string? Name);

/// <summary>Role-based access from the cluster's own roles and bindings. Additive: nothing allows, nothing is allowed.</summary>
internal sealed class Rbac(ClusterStore store)
{
    public bool Allows(Identity who, AccessRequest access) =>
        who.IsMaster || RulesFor(who, access.Namespace).Any(rule => Grants(rule, access));

    public ApiFailure Refuse(Identity who, AccessRequest access)
    {
        var where = access.Namespace is { } ns ? $" in the namespace \"{ns}\"" : " at the cluster scope";
        var qualified = access.Group.Length == 0 ? access.Resource : $"{access.Resource}.{access.Group}";
        return new ApiFailure(
            403,
            "Forbidden",
            $"{qualified}{(access.Name is null ? "" : $" \"{access.Name}\"")} is forbidden: User \"{who.User}\" cannot {access.Verb} resource \"{access.Resource}\" in API group \"{access.Group}\"{where}"
        );
    }

    /// <summary>
    /// Nobody hands out more than they have: a role or binding written by somebody else than the administrator may grant only what its
    /// writer holds, unless the writer may escalate (roles) or bind (bindings).
    /// </summary>
    public ApiFailure? RefuseEscalation(Identity who, ResourceType type, string? ns, JsonObject body)
    {
        if (who.IsMaster || type.Group != ResourceCatalog.Roles.Group)
        {
            return null;
        }
        var name = body.Text("metadata", "name") ?? "";
        var isBinding = type == ResourceCatalog.RoleBindings || type == ResourceCatalog.ClusterRoleBindings;
        var (kind, role) = isBinding ? (body.Text("roleRef", "kind"), body.Text("roleRef", "name") ?? "") : (type.Kind, name);
        var resource = kind == "Role" ? ResourceCatalog.Roles : ResourceCatalog.ClusterRoles;
        if (Allows(who, new AccessRequest(isBinding ? "bind" : "escalate", type.Group, resource.Plural, ns, role)))
        {
            return null;
        }
        var rules = isBinding ? RulesOf(kind, ns, role) : body.Items("rules");
        return rules.All(rule => Covers(who, rule, ns))
            ? null
            : ApiFailure.Forbidden(type, name, $"user \"{who.User}\" is attempting to grant RBAC permissions not currently held");
    }

    private bool Covers(Identity who, JsonObject rule, string? ns) =>
        Words(rule, "apiGroups")
            .All(g =>
                Words(rule, "resources").All(r => Words(rule, "verbs").All(v => Allows(who, new AccessRequest(v, g, r, ns, Name: null))))
            );

    private IEnumerable<JsonObject> RulesFor(Identity who, string? ns)
    {
        foreach (var binding in store.List(ResourceCatalog.ClusterRoleBindings, null, Selector.Everything).Items)
        {
            foreach (var rule in RulesOfBinding(who, binding, ns: null))
            {
                yield return rule;
            }
        }
        if (ns is null)
        {
            yield break;
        }
        foreach (var binding in store.List(ResourceCatalog.RoleBindings, ns, Selector.Everything).Items)
        {
            foreach (var rule in RulesOfBinding(who, binding, ns))
            {
                yield return rule;
            }
        }
    }

    private IEnumerable<JsonObject> RulesOfBinding(Identity who, StoredObject binding, string? ns)
    {
        var tree = binding.Open();
        return tree.Items("subjects").Any(s => IsSubject(who, s, ns))
            ? RulesOf(tree.Text("roleRef", "kind"), ns, tree.Text("roleRef", "name") ?? "")
            : [];
    }

    private IEnumerable<JsonObject> RulesOf(string? kind, string? ns, string name)
    {
        var role =
            kind == "Role" && ns is not null
                ? store.Get(ResourceCatalog.Roles, ns, name)
                : store.Get(ResourceCatalog.ClusterRoles, "", name);
        return role is null ? [] : role.Open().Items("rules");
    }

    private static bool IsSubject(Identity who, JsonObject subject, string? ns) =>
        subject.Text("kind") switch
        {
            "User" => subject.Text("name") == who.User,
            "Group" => who.Groups.Contains(subject.Text("name") ?? ""),
            "ServiceAccount" => who.User == $"system:serviceaccount:{subject.Text("namespace") ?? ns}:{subject.Text("name")}",
            _ => false,
        };

    private static bool Grants(JsonObject rule, AccessRequest access)
    {
        var names = Words(rule, "resourceNames").ToList();
        return Has(rule, "verbs", access.Verb)
            && Has(rule, "apiGroups", access.Group)
            && (Has(rule, "resources", access.Resource) || HasSubresource(rule, access.Resource))
            && (names.Count == 0 || (access.Name is { } name && names.Contains(name)));
    }

    // "*/scale" grants a subresource of every resource.
    private static bool HasSubresource(JsonObject rule, string resource)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && Words(rule, "resources").Contains("*" + resource[slash..]);
    }

    private static bool Has(JsonObject rule, string field, string value) => Words(rule, field).Any(w => w == "*" || w == value);

    private static IEnumerable<string> Words(JsonObject rule, string field) =>
        (rule[field] as JsonArray ?? []).Select(w => w?.ToString() ?? "");
}
