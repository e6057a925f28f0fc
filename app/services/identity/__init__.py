"""Who somebody is: accounts, credentials, logins and second factors."""
