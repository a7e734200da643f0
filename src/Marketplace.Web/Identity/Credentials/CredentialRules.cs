using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Identity.Credentials;

/// <summary>What a new credential may be: never more than whoever makes it.</summary>
internal sealed class CredentialRules(ActorContext actor, TimeProvider time, IStringLocalizer<IdentityText> text)
{
    public Problem? Check(CreateCredential request)
    {
        if (actor.Current.Check(Permission.TeamWrite) is { } refused)
            return refused;
        List<FieldError> errors = [];
        if (string.IsNullOrWhiteSpace(request.Name))
            errors.Add(new("/name", text["Credential.Name.Missing"], text["Credential.Name.Missing.Fix"]));
        else if (request.Name.Trim().Length > 80)
            errors.Add(new("/name", text["Name.TooLong"], text["Name.TooLong.Fix"]));
        if (request.Scopes.Count == 0)
            errors.Add(new("/scopes", text["Scopes.Missing"], text["Scopes.Missing.Fix"]));
        for (int i = 0; i < request.Scopes.Count; i++)
        {
            if (!Permissions.AllScopes.Contains(request.Scopes[i], StringComparer.Ordinal))
                errors.Add(
                    new(
                        $"/scopes/{i}",
                        text["Scopes.Unknown", request.Scopes[i]],
                        text["Scopes.Unknown.Fix", string.Join(", ", Permissions.AllScopes)]
                    )
                );
            else if (actor.Current.Scopes is { } own && !own.Contains(request.Scopes[i]))
                errors.Add(new($"/scopes/{i}", text["Scopes.NotYours", request.Scopes[i]], text["Scopes.NotYours.Fix"]));
        }
        if (request.ExpiresAt <= time.GetUtcNow())
            errors.Add(new("/expiresAt", text["Expiry.Past"], text["Expiry.Past.Fix"]));
        if (request.Role is { } role && (!Enum.IsDefined(role) || role > Highest))
            errors.Add(new("/role", text["Role.TooHigh", role], text["Role.TooHigh.Fix", Highest]));
        return errors.Count > 0 ? Problem.Invalid(errors) : null;
    }

    /// <summary>The highest role the caller may give.</summary>
    public MemberRole Highest => actor.Current.Role > MemberRole.Admin ? MemberRole.Admin : actor.Current.Role;

    public CredentialView View(Credential credential) =>
        new(
            credential.Id,
            credential.Name,
            (credential as ApiKey)?.Prefix,
            credential.Scopes,
            credential.Role,
            credential.RevokedAt is not null ? CredentialState.Revoked
                : credential.IsGood(time.GetUtcNow()) ? CredentialState.Active
                : CredentialState.Expired,
            credential.CreatedBy,
            credential.CreatedAt,
            credential.ExpiresAt,
            credential.LastUsedAt
        );
}
