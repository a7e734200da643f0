using System.Net.Mail;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Npgsql;

namespace Marketplace.Web.Identity.People;

internal sealed record SignUpRequest(
    string Name,
    string Email,
    string Password,
    string Organization,
    PartyKinds Kinds,
    string Country,
    string Currency,
    string Locale
);

/// <param name="SessionId">The new person is signed in at once.</param>
internal sealed record SignedUp(string PersonId, string SessionId, PartyView Party);

/// <summary>A person and the organisation they have just founded.</summary>
internal sealed record NewMember(Person Person, PartyView Party);

/// <summary>Makes a person, their organisation, and their membership as its owner, in one commit.</summary>
internal sealed class SignUp(
    MarketplaceDbContext db,
    IParties parties,
    PersonFactory people,
    EmailConfirmation confirmation,
    SessionDesk sessions,
    IdFactory ids,
    TimeProvider time,
    IStringLocalizer<IdentityText> text
)
{
    private const PartyKinds Open = PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer;

    public async Task<Outcome<SignedUp>> RegisterAsync(SignUpRequest request, Visitor visitor, CancellationToken ct)
    {
        List<FieldError> errors = Check(request);
        if (request.Kinds == PartyKinds.None || (request.Kinds & ~Open) != PartyKinds.None)
            errors.Add(new("/kinds", text["Kinds.Missing"], text["Kinds.Missing.Fix"]));
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        return await CommitAsync<SignedUp>(
            async token =>
            {
                var made = await MakeAsync(request, visitor.Origin, token);
                return made.IsOk ? await EnterAsync(made.Value, visitor, token) : made.Problem;
            },
            ct
        );
    }

    /// <summary>Signs a new member in.</summary>
    public async Task<SignedUp> EnterAsync(NewMember member, Visitor visitor, CancellationToken ct) =>
        new(member.Person.Id, await sessions.OpenAsync(member.Person, visitor, member.Party.Id, ct), member.Party);

    /// <summary>What is wrong with the person and the organisation's name.</summary>
    public List<FieldError> Check(SignUpRequest request)
    {
        List<FieldError> errors = people.Check(request.Name, request.Email, request.Password);
        if (string.IsNullOrWhiteSpace(request.Organization))
            errors.Add(new("/organization", text["Organization.Missing"], text["Organization.Missing.Fix"]));
        else if (request.Organization.Trim().Length > 120)
            errors.Add(new("/organization", text["Organization.TooLong"], text["Organization.TooLong.Fix"]));
        return errors;
    }

    /// <summary>One commit, in which an address that somebody else takes meanwhile is an answer and no failure.</summary>
    public async Task<Outcome<T>> CommitAsync<T>(Func<CancellationToken, Task<Outcome<T>>> work, CancellationToken ct)
    {
        try
        {
            return await db.InTransactionAsync(work, ct, outcome => outcome.IsOk);
        }
        catch (DbUpdateException e)
            when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "person" })
        {
            return people.Taken;
        }
    }

    /// <summary>Makes the checked person, their organisation and their membership in the caller's transaction.</summary>
    /// <param name="origin">Where they are, for the audit trail.</param>
    public async Task<Outcome<NewMember>> MakeAsync(SignUpRequest request, string? origin, CancellationToken ct)
    {
        Outcome<Person> made = await people.MakeAsync(request.Name, request.Email, request.Password, request.Locale, ct);
        if (!made.IsOk)
            return made.Problem;
        Person person = made.Value;
        var party = await parties.RegisterAsync(
            new RegisterParty(request.Organization.Trim(), request.Kinds, request.Country, request.Currency),
            ct
        );
        if (!party.IsOk)
            return party.Problem;
        db.Add(
            new Membership
            {
                Id = ids.New(IdPrefix.Member),
                PersonId = person.Id,
                PartyId = party.Value.Id,
                Role = MemberRole.Owner,
                CreatedAt = time.GetUtcNow(),
            }
        );
        db.Audit(
            "member.joined",
            "organisation",
            party.Value.Id,
            $"{person.Email}, {MemberRole.Owner}",
            new AuditBy(party.Value.Id, person.Id, person.Name, origin)
        );
        confirmation.Ask(person);
        return new NewMember(person, party.Value);
    }
}

/// <summary>The rules for a new person, shared by sign-up, invitations and the demonstration.</summary>
internal sealed class PersonFactory(
    MarketplaceDbContext db,
    Passwords passwords,
    IdFactory ids,
    TimeProvider time,
    IStringLocalizer<IdentityText> text
)
{
    public Problem Taken => Problem.Invalid("/email", text["Email.Taken"], text["Email.Taken.Fix"]);

    public List<FieldError> Check(string name, string email, string password)
    {
        List<FieldError> errors = [];
        if (string.IsNullOrWhiteSpace(name))
            errors.Add(new("/name", text["Name.Missing"], text["Name.Missing.Fix"]));
        else if (name.Trim().Length > 80)
            errors.Add(new("/name", text["Name.TooLong"], text["Name.TooLong.Fix"]));
        if (!IsEmail(email))
            errors.Add(new("/email", text["Email.Wrong"], text["Email.Wrong.Fix"]));
        if (passwords.Check(password, email, "/password") is { } weak)
            errors.Add(weak);
        return errors;
    }

    /// <summary>Adds a person whose fields have been checked.</summary>
    public async Task<Outcome<Person>> MakeAsync(string name, string email, string password, string locale, CancellationToken ct)
    {
        string normalized = Person.Normalize(email);
        if (await db.Set<Person>().AnyAsync(p => p.NormalizedEmail == normalized, ct))
            return Taken;
        var person = new Person
        {
            Id = ids.New(IdPrefix.User),
            Email = email.Trim(),
            NormalizedEmail = normalized,
            Name = name.Trim(),
            Locale = locale,
            Theme = "system",
            PasswordHash = passwords.HashFor(password),
            SecurityStamp = Person.NewStamp(),
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(person);
        return person;
    }

    public static bool IsEmail(string email) =>
        email.Length <= 254
        && MailAddress.TryCreate(email.Trim(), out var address)
        && address.Address == email.Trim()
        && !email.Any(char.IsControl);
}
