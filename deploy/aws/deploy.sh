#!/bin/sh
# Deploys what `osls package` has made, with the AWS command line and nothing else, as `osls deploy` would: so that who
# holds the role runs no code of packages. Made for the workflow; the region and the credentials are the environment's.
#   sh deploy.sh FOLDER   (the package: its templates, its state, and lambda.zip)
set -eu
folder=${1:?the folder of the package}
state=$folder/serverless-state.json
of() { jq --exit-status --raw-output "$1" "$state"; }
stage=$(of .service.provider.stage)
service=$(of .service.service)
place=$(of .package.artifactDirectoryName)
stack=$service-$stage
KEEP=5

bucket() {
  aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id ServerlessDeploymentBucket \
    --query StackResourceDetail.PhysicalResourceId --output text
}

# A stack begins with the bucket for its packages. Where there is one already this fails, and changes nothing.
if ! bucket=$(bucket); then
  echo "There is no stack $stack yet, or it cannot be asked; it is made."
  aws cloudformation create-stack --stack-name "$stack" --capabilities CAPABILITY_IAM \
    --template-body "file://$folder/cloudformation-template-create-stack.json" \
    --tags "Key=STAGE,Value=$stage" "Key=service,Value=$service" > /dev/null
  aws cloudformation wait stack-create-complete --stack-name "$stack"
  bucket=$(bucket)
fi

# Under these names `osls rollback` looks for them.
template=$folder/cloudformation-template-update-stack.json
aws s3 cp --only-show-errors "$folder/lambda.zip" "s3://$bucket/$place/lambda.zip"
aws s3 cp --only-show-errors "$template" "s3://$bucket/$place/compiled-cloudformation-template.json"
aws s3 cp --only-show-errors "$state" "s3://$bucket/$place/serverless-state.json"

aws cloudformation deploy --stack-name "$stack" --template-file "$template" --s3-bucket "$bucket" --s3-prefix "$place" \
  --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --tags "STAGE=$stage" "service=$service"
if of '.service.provider | .stage as $stage | .deletionProtection.stages | index($stage) != null' > /dev/null; then
  aws cloudformation update-termination-protection --stack-name "$stack" --enable-termination-protection > /dev/null
fi

address=$(aws cloudformation describe-stacks --stack-name "$stack" \
  --query "Stacks[0].Outputs[?OutputKey=='ServiceEndpoint'].OutputValue" --output text)
curl --fail-with-body --silent --show-error --max-time 20 --retry 5 --retry-all-errors "$address/health"

# The packages of the last deployments are kept, to go back to. Their names begin with the time.
aws s3api list-objects-v2 --bucket "$bucket" --prefix "$(dirname "$place")/" --delimiter / \
  --query 'CommonPrefixes[].[Prefix]' --output text | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  aws s3 rm --only-show-errors --recursive "s3://$bucket/$old"
done
